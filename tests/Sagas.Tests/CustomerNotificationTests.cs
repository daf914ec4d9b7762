using System.Text.Json;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Events;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Notifications;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus.Testing;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class CustomerNotificationTests
{
    const string Id = "A-1/letter-OrderShipped";
    const string Call = Id + "/call";

    static readonly NotifyCustomer Shipped = new(
        "A-1", Id, NotificationKind.OrderShipped, Samples.Anna, "track-1", new Dictionary<string, string> { ["trackingNumber"] = "10248" }, "shop-1");

    static readonly NotifyCustomer Cancelled = Shipped with { Kind = NotificationKind.OrderCancelled };
    static readonly NotifyCustomer Offer = Shipped with { Kind = NotificationKind.Offer };
    static readonly PreferencesFound Unknown = new(Id, HasTelegram: false, PrefersTelegram: false, AgreesToOffers: false, QuietUntil: null, Language: null);
    static readonly PreferencesFound InTelegram = Unknown with { HasTelegram = true, PrefersTelegram = true, Language = "ru" };

    readonly ManualClock _clock = new();
    readonly TestableSaga<CustomerNotification, NotificationState> _saga;
    readonly List<object> _sent = [];
    readonly List<object> _facts = [];
    bool _ended;

    public CustomerNotificationTests() =>
        _saga = new(() => new CustomerNotification(new(), new(), _clock, NullLogger<CustomerNotification>.Instance), _clock.Now.UtcDateTime);

    CustomerNotReached NotReached => _facts.OfType<CustomerNotReached>().Single();

    [TestMethod]
    public async Task Who_never_said_how_gets_a_letter_from_who_was_asked_how()
    {
        await Get(Shipped);
        var question = Sent<LookUpPreferences>();
        Assert.AreEqual((Id, "shop-1", "C-1"), (question.NotificationId, question.Client, question.CustomerId));

        await Get(Unknown);
        Assert.AreEqual(JsonSerializer.Serialize(question.Letter), JsonSerializer.Serialize(Sent<SendLetter>()));

        await Get(new LetterSent(Id));
        Told("LookUpPreferences SendLetter");
    }

    [TestMethod]
    public async Task The_letter_lies_with_the_question()
    {
        await Get(Shipped);
        var letter = Sent<LookUpPreferences>().Letter!;
        Assert.AreEqual((Id, "A-1", NotificationKind.OrderShipped, "Anna", "anna@example.org", "track-1"),
            (letter.NotificationId, letter.OrderId, letter.Kind, letter.Name, letter.Email, letter.TrackingId));
        Assert.AreEqual("10248", letter.Details["trackingNumber"]);

        await Get(new LetterSent(Id));
        Told("LookUpPreferences");
    }

    [TestMethod]
    public async Task A_letter_that_nobody_takes_is_for_a_person_to_tell()
    {
        await Get(Shipped, new LetterRefused(Id, "no such mailbox"));

        Assert.IsFalse(_ended);
        Assert.AreEqual("e-mail: no such mailbox", NotReached.Why);
        Assert.AreEqual("LookUpPreferences OpenCall", Names());
    }

    [TestMethod]
    public async Task A_letter_that_is_old_news_is_not_written()
    {
        await Get(Shipped, new NotificationOvertaken(Id));
        Told("LookUpPreferences");
    }

    [TestMethod]
    public async Task Who_linked_a_chat_is_told_there_and_gets_no_letter()
    {
        await Get(Shipped, InTelegram, new TelegramSent(Id, IsCertain: true));

        Assert.AreEqual(("shop-1", "C-1", "ru"), (Sent<SendTelegram>().Client, Sent<SendTelegram>().CustomerId, Sent<SendTelegram>().Language!));
        Told("LookUpPreferences SendTelegram");
    }

    [TestMethod]
    public async Task Who_blocked_the_bot_gets_a_letter()
    {
        await Get(Shipped, InTelegram, new TelegramRefused(Id, "Forbidden: bot was blocked by the user"), new LetterSent(Id));
        Told("LookUpPreferences SendTelegram SendLetter");
    }

    [TestMethod]
    public async Task Whose_mailbox_is_gone_is_told_in_the_chat()
    {
        await Get(Shipped, InTelegram with { PrefersTelegram = false }, new LetterRefused(Id, "no such mailbox"), new TelegramSent(Id, IsCertain: true));
        Told("LookUpPreferences SendLetter SendTelegram");
    }

    [TestMethod]
    [DataRow(NotificationKind.OrderConfirmed)]
    [DataRow(NotificationKind.OrderShipped)]
    [DataRow(NotificationKind.OrderDelivered)]
    [DataRow(NotificationKind.OrderCancelled)]
    [DataRow(NotificationKind.OrderAmended)]
    public async Task What_belongs_to_an_order_and_may_have_arrived_goes_by_letter_too(NotificationKind kind)
    {
        await Get(Shipped with { Kind = kind }, InTelegram, new TelegramSent(Id, IsCertain: false), new TelegramSent(Id, IsCertain: false));
        Assert.IsFalse(_ended);
        await Get(new LetterSent(Id));
        Told("LookUpPreferences SendTelegram SendLetter");
    }

    [TestMethod]
    public async Task An_offer_that_may_have_arrived_is_enough()
    {
        await Get(Offer, InTelegram with { AgreesToOffers = true }, new TelegramSent(Id, IsCertain: false));
        Told("LookUpPreferences SendTelegram");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task What_may_have_arrived_and_goes_no_other_way_is_for_a_person_to_tell(bool telegramFirst)
    {
        object[] answers = [new TelegramSent(Id, IsCertain: false), new LetterRefused(Id, "no such mailbox")];
        await Get(Shipped, InTelegram with { PrefersTelegram = telegramFirst });
        await Get(telegramFirst ? answers : [.. answers.Reverse()]);

        Assert.IsFalse(_ended);
        Assert.Contains("nobody knows whether it arrived", NotReached.Why);
        Assert.Contains("no such mailbox", Sent<OpenCall>().Question);
    }

    [TestMethod]
    public async Task In_quiet_hours_it_waits_and_in_the_morning_it_asks_anew_how()
    {
        await Get(Shipped, InTelegram with { QuietUntil = _clock.Now.AddHours(9) });
        Assert.HasCount(1, _sent);

        await Pass(TimeSpan.FromHours(9) - TimeSpan.FromSeconds(1));
        Assert.HasCount(1, _sent);

        // A day of quiet hours is no day in which nobody could be reached.
        await Pass(TimeSpan.FromSeconds(1));
        await Get(Unknown);
        await Pass(TimeSpan.FromHours(23));
        await Get(new LetterSent(Id));
        Assert.IsEmpty(_facts);
        StringAssert.StartsWith(Names(), "LookUpPreferences LookUpPreferences SendLetter", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task What_is_urgent_does_not_wait_for_the_morning()
    {
        await Get(Cancelled, Unknown with { QuietUntil = _clock.Now.AddHours(9) }, new LetterSent(Id));
        Told("LookUpPreferences SendLetter");
    }

    [TestMethod]
    public async Task Offers_are_for_those_who_agreed()
    {
        await Get(Offer);
        Assert.IsNull(Sent<LookUpPreferences>().Letter);
        await Get(Unknown);
        Told("LookUpPreferences");
    }

    [TestMethod]
    public async Task An_offer_is_not_pressed_upon_anybody_by_a_second_channel()
    {
        await Get(Offer, InTelegram with { AgreesToOffers = true }, new TelegramRefused(Id, "blocked"));
        Assert.AreEqual("LookUpPreferences SendTelegram", Names());
        Assert.IsTrue(_ended);
    }

    [TestMethod]
    public async Task In_silence_it_asks_again_then_tries_the_next_channel_then_asks_people_to_call()
    {
        await Get(Shipped, InTelegram);

        await Pass(TimeSpan.FromMinutes(10));
        await Pass(TimeSpan.FromMinutes(20));
        Assert.AreEqual("LookUpPreferences SendTelegram SendTelegram SendLetter", Names());

        await Pass(TimeSpan.FromHours(24));
        Assert.AreEqual("e-mail: not ready in time", NotReached.Why);
        Assert.AreEqual("OpenCall", _sent[^1].GetType().Name);
        Assert.HasCount(1, _sent.OfType<SendLetter>().Select(letter => JsonSerializer.Serialize(letter)).Distinct());
        Assert.IsLessThan(10, _sent.OfType<SendLetter>().Count());
    }

    [TestMethod]
    public async Task An_answer_that_comes_late_is_an_answer()
    {
        await Get(Shipped, InTelegram);
        await Pass(TimeSpan.FromMinutes(30));
        await Get(new TelegramSent(Id, IsCertain: true));
        Assert.IsTrue(_ended);
        Assert.IsEmpty(_facts);
    }

    [TestMethod]
    public async Task When_every_channel_says_no_people_are_asked_to_call_and_told_why()
    {
        await Get(Shipped, InTelegram, new TelegramRefused(Id, "blocked."), new LetterRefused(Id, "no such mailbox"));

        Assert.IsFalse(_ended);
        Assert.AreEqual(
            new CustomerNotReached("A-1", Id, NotificationKind.OrderShipped, _clock.Now, "Telegram: blocked; e-mail: no such mailbox", "call centre", _clock.Now.AddHours(24)), _facts.Single());
        Assert.AreEqual(
            new OpenCall(
                Call, "A-1", Id, "call centre",
                "Tell the customer that the goods are on their way, under the number 10248. Nothing else reached them: Telegram: blocked; e-mail: no such mailbox",
                new("Anna", Samples.Anna.Phone, "anna@example.org")),
            Sent<OpenCall>());
    }

    [TestMethod]
    [DataRow(CallResult.Reached, "olga", true, "olga reached the customer by telephone")]
    [DataRow(CallResult.NotReached, "olga", false, "olga could not reach the customer by telephone either")]
    [DataRow(CallResult.NotMade, null, false, "nobody called in time")]
    public async Task What_came_of_the_call_is_the_end(CallResult result, string? by, bool isTold, string how)
    {
        await Get(Shipped, Unknown, new LetterRefused(Id, "no such mailbox"));
        await Get(new CallEnded(Call, "A-1", Id, result, by));

        Assert.IsTrue(_ended);
        Assert.AreEqual(new CustomerCallEnded("A-1", Id, NotificationKind.OrderShipped, _clock.Now, isTold, how), _facts[^1]);
    }

    [TestMethod]
    public async Task Of_a_call_of_which_nothing_is_heard_people_are_asked_again_for_the_same()
    {
        await Get(Shipped, Unknown, new LetterRefused(Id, "no such mailbox"));
        await Pass(TimeSpan.FromHours(24));
        Assert.HasCount(1, _sent.OfType<OpenCall>());

        await Pass(TimeSpan.FromMinutes(10));
        Assert.HasCount(2, _sent.OfType<OpenCall>());
        Assert.HasCount(1, _sent.OfType<OpenCall>().Distinct());
        Assert.HasCount(1, _facts);
    }

    [TestMethod]
    public async Task What_arrives_after_all_needs_no_call_any_more()
    {
        await Get(Shipped, InTelegram, new TelegramRefused(Id, "blocked"), new LetterRefused(Id, "no such mailbox"));
        await Get(new TelegramSent(Id, IsCertain: false));
        Assert.IsFalse(_ended);

        await Get(new LetterSent(Id));
        Assert.IsTrue(_ended);
        Assert.AreEqual(new CloseTask(Call, "it arrived by e-mail after all"), Sent<CloseTask>());
        Assert.AreEqual(new CustomerCallEnded("A-1", Id, NotificationKind.OrderShipped, _clock.Now, IsTold: true, "it arrived by e-mail after all"), _facts[^1]);
    }

    [TestMethod]
    public async Task Nobody_is_rung_up_for_an_offer()
    {
        await Get(Offer, Unknown with { AgreesToOffers = true }, new LetterRefused(Id, "no such mailbox"));

        Assert.IsTrue(_ended);
        Assert.AreEqual("LookUpPreferences SendLetter", Names());
        Assert.AreEqual((null, null), (NotReached.Queue, NotReached.CallBy));
    }

    [TestMethod]
    public async Task When_Telegram_wants_to_be_left_alone_for_a_moment_it_is()
    {
        await Get(Shipped, InTelegram, new TelegramPostponed(Id, _clock.Now.AddSeconds(35)));
        await Pass(TimeSpan.FromSeconds(34));
        Assert.AreEqual("LookUpPreferences SendTelegram", Names());
        await Pass(TimeSpan.FromSeconds(1));
        await Get(new TelegramSent(Id, IsCertain: true));
        Told("LookUpPreferences SendTelegram SendTelegram");
    }

    [TestMethod]
    public async Task When_Telegram_wants_to_be_left_alone_for_long_a_letter_is_quicker()
    {
        await Get(Shipped, InTelegram, new TelegramPostponed(Id, _clock.Now.AddHours(1)), new LetterSent(Id));
        Told("LookUpPreferences SendTelegram SendLetter");
    }

    [TestMethod]
    public async Task What_was_overtaken_ends_in_silence()
    {
        await Get(Shipped, InTelegram, new NotificationOvertaken(Id));
        Told("LookUpPreferences SendTelegram");
    }

    [TestMethod]
    public async Task Messages_that_come_twice_change_nothing()
    {
        await Get(Shipped, Shipped, InTelegram, InTelegram, Shipped);
        await Get(new TelegramRefused(Id, "blocked"), new TelegramRefused(Id, "blocked"), InTelegram, new TelegramPostponed(Id, _clock.Now.AddDays(1)), new LetterSent(Id));
        Told("LookUpPreferences SendTelegram SendLetter");
    }

    [TestMethod]
    public async Task No_more_of_the_customer_is_kept_than_a_channel_needs()
    {
        var kept = JsonSerializer.Serialize((await _saga.Handle(Shipped)).SagaDataSnapshot);
        Assert.Contains("anna@example.org", kept);
        Assert.Contains(Samples.Anna.Phone[1..], kept);
        Assert.DoesNotContain(Samples.Anna.LoyaltyCard!, kept);

        var offer = JsonSerializer.Serialize((await _saga.Handle(Offer with { NotificationId = "offer" })).SagaDataSnapshot);
        Assert.DoesNotContain(Samples.Anna.Phone[1..], offer);
    }

    async Task Get(params object[] messages)
    {
        foreach (var message in messages)
        {
            var result = await _saga.Handle((dynamic)message);
            Keep(result);
        }
    }

    async Task Pass(TimeSpan time)
    {
        // The saga reads the time itself, so the clock stops at each alarm.
        for (var end = _clock.Now + time; _clock.Now < end;)
        {
            var step = end - _clock.Now < TimeSpan.FromSeconds(1) ? end - _clock.Now : TimeSpan.FromSeconds(1);
            _clock.Now += step;
            foreach (var result in await _saga.AdvanceTime(step)) Keep(result);
        }
    }

    void Keep(TestableSaga<CustomerNotification, NotificationState>.HandleResult? result)
    {
        if (result is null) return;
        _sent.AddRange(result.Context.SentMessages.Select(sent => sent.Message).Where(message => message is not CustomerNotification.Alarm));
        _facts.AddRange(result.Context.PublishedMessages.Select(published => published.Message));
        _ended |= result.Completed;
    }

    void Told(string commands)
    {
        Assert.AreEqual(commands, Names());
        Assert.IsTrue(_ended);
        Assert.IsEmpty(_facts);
    }

    string Names() => string.Join(' ', _sent.Select(command => command.GetType().Name));

    T Sent<T>() => _sent.OfType<T>().Last();
}

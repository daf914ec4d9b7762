using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Sandbox.Telegram;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Notifications;

[TestClass]
public sealed class TelegramTests(TestContext test)
{
    const long Chat = 101;

    static readonly SendTelegram Shipped = new(
        "A-1/letter-OrderShipped", "A-1", NotificationKind.OrderShipped, "shop-1", "C-1", "Zoë", null, "t-1",
        new Dictionary<string, string> { ["trackingNumber"] = "<10248>" });

    static readonly (string, string?)[] Impatient = [("Notifications:Telegram:Timeout", "00:00:03")];

    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_message_arrives_in_the_chat_once_however_often_it_is_asked_for()
    {
        await using var host = await Linked();

        for (var attempt = 0; attempt < 3; attempt++)
            Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: true), await Send(host.Connect(NotificationsEndpoint.AddServices), Shipped));

        var message = Assert.ContainsSingle(await host.Documents("telegram", null, test.CancellationToken))!;
        Assert.AreEqual(Chat, (long)message["chat"]!);
        var text = (string)message["text"]!;
        StringAssert.StartsWith(text, "Your order A-1 is on its way\n\n", StringComparison.Ordinal);
        Assert.Contains("tracking number is <10248>.", text);
        Assert.AreEqual("bold text_link", string.Join(' ', message["entities"]!.AsArray().Select(entity => (string?)entity!["type"])));
        Assert.AreEqual("http://localhost:8080/track/t-1", (string?)message["entities"]![1]!["url"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("blocked", "Forbidden: bot was blocked by the user")]
    [DataRow("deactivated", "Forbidden: user is deactivated")]
    [DataRow("chat-not-found", "Bad Request: chat not found")]
    public async Task Who_does_not_want_to_hear_is_not_written_to_again(string reason, string says)
    {
        await using var host = await Linked();
        host.Pull(new Lever("telegram", LeverEffect.Refuse, Call: "sendMessage", Times: 1, Reason: reason));
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        Assert.AreEqual(new TelegramRefused(Shipped.NotificationId, says), await Send(notifications, Shipped));
        Assert.AreEqual(new TelegramRefused(Shipped.NotificationId, "no chat is linked"), await Send(notifications, Shipped));
        Assert.IsFalse((await LookUp(notifications)).HasTelegram);

        // The letter that follows is the first that the customer hears.
        Assert.AreEqual(new LetterSent(Shipped.NotificationId), await Send(notifications, InALetter(Shipped)));
        Assert.ContainsSingle(await host.Documents("mail", "A-1", test.CancellationToken));
        Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: true), await Send(notifications, Shipped));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore), 0)]
    [DataRow(nameof(LeverEffect.Silent), 0)]
    [DataRow(nameof(LeverEffect.FailAfter), 1)]
    [DataRow(nameof(LeverEffect.SilentAfter), 1)]
    public async Task What_may_have_arrived_is_never_sent_there_again(string fault, int arrived)
    {
        await using var host = await Linked();
        var lever = new Lever("telegram", Enum.Parse<LeverEffect>(fault), Call: "sendMessage", Times: 1);
        host.Pull(lever);
        // What is to arrive must do so in time on a busy machine too.
        (string, string?)[] patience = lever.Effect switch { LeverEffect.Silent => Impatient, LeverEffect.SilentAfter => [("Notifications:Telegram:Timeout", "00:00:10")], _ => [] };

        for (var attempt = 0; attempt < 2; attempt++)
            Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: false), await Send(host.Connect(NotificationsEndpoint.AddServices, patience), Shipped));
        Assert.HasCount(arrived, await host.Documents("telegram", null, test.CancellationToken));

        Assert.AreEqual(new LetterSent(Shipped.NotificationId), await Send(host.Connect(NotificationsEndpoint.AddServices), InALetter(Shipped)));
        Assert.ContainsSingle(await host.Documents("mail", "A-1", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task After_a_kill_in_the_middle_nobody_knows()
    {
        await using var host = await Linked(_clock);
        var killed = host.Connect(NotificationsEndpoint.AddServices).GetRequiredService<Notices>();
        await killed.Begin(Shipped.NotificationId, Shipped.OrderId, Shipped.Kind, NoticeChannel.Telegram, "<1@sandbox.example>", test.CancellationToken);
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        await Assert.ThrowsExactlyAsync<BeingSentException>(() => Send(notifications, Shipped));
        await Assert.ThrowsExactlyAsync<BeingSentException>(() => Send(notifications, InALetter(Shipped)));
        _clock.Advance(Notices.Lease);

        Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: false), await Send(notifications, Shipped));
        Assert.IsEmpty(await host.Documents("telegram", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Too_much_at_once_is_put_off_for_as_long_as_Telegram_says()
    {
        await using var host = await Linked(_clock);
        host.Pull(new Lever("telegram", LeverEffect.Refuse, Call: "sendMessage", Times: 1, Reason: "flood:35"));
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        Assert.AreEqual(new TelegramPostponed(Shipped.NotificationId, _clock.GetUtcNow().AddSeconds(35)), await Send(notifications, Shipped));
        Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: true), await Send(notifications, Shipped));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_never_left_the_house_is_tried_again()
    {
        await using var host = await Linked();
        var unreachable = host.Connect(NotificationsEndpoint.AddServices, ("Notifications:Telegram:BaseAddress", "http://127.0.0.1:1/"));

        var failure = await Assert.ThrowsExactlyAsync<NothingWasSentException>(() => Send(unreachable, Shipped));

        Assert.Contains("A-1/letter-OrderShipped", failure.Message);
        Assert.DoesNotContain(TelegramSandbox.Token, failure.ToString());
        Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: true), await Send(host.Connect(NotificationsEndpoint.AddServices), Shipped));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_connection_that_never_comes_about_sent_nothing()
    {
        await using var host = await Linked();

        // The line is open, and nobody shakes hands.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var unreachable = host.Connect(NotificationsEndpoint.AddServices, [.. Impatient, ("Notifications:Telegram:BaseAddress", $"https://{silent.LocalEndpoint}/")]);

        var failure = await Assert.ThrowsExactlyAsync<NothingWasSentException>(() => Send(unreachable, Shipped));

        Assert.Contains("Telegram could not be connected to within 1.5 s", failure.Message);
        Assert.AreEqual(new TelegramSent(Shipped.NotificationId, IsCertain: true), await Send(host.Connect(NotificationsEndpoint.AddServices), Shipped));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_fault_of_ours_sends_the_customer_to_the_next_channel_and_keeps_the_link()
    {
        await using var host = await Linked();
        host.Pull(new Lever("telegram", LeverEffect.Refuse, Call: "sendMessage", Times: 1, Reason: "unparsable"));
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        Assert.IsInstanceOfType<TelegramRefused>(await Send(notifications, Shipped));

        // Whoever has a chat gets no letter for being asked about.
        Assert.IsTrue((await LookUp(notifications, InALetter(Shipped))).PrefersTelegram);
        Assert.IsEmpty(await host.Documents("mail", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Old_news_is_not_sent_after_newer_news_of_another_channel()
    {
        await using var host = await Linked();
        var notifications = host.Connect(NotificationsEndpoint.AddServices);
        var delivered = Shipped with { NotificationId = "A-1/letter-OrderDelivered", Kind = NotificationKind.OrderDelivered };

        Assert.IsInstanceOfType<LetterSent>(await Send(notifications, InALetter(delivered)));

        Assert.AreEqual(new NotificationOvertaken(Shipped.NotificationId), await Send(notifications, Shipped));
        Assert.IsEmpty(await host.Documents("telegram", null, test.CancellationToken));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_token_shows_in_no_trace_and_no_error()
    {
        var told = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => told.Enqueue($"{activity.DisplayName} {string.Join(' ', activity.TagObjects)}"),
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await Linked();
        var wrong = host.Connect(NotificationsEndpoint.AddServices, ("Notifications:Telegram:Token", "7000000001:secret-of-somebody-else"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() => Send(wrong, Shipped));
        Assert.IsInstanceOfType<TelegramSent>(await Send(host.Connect(NotificationsEndpoint.AddServices), Shipped));

        Assert.DoesNotContain("secret-of-somebody-else", rejected.ToString());

        // The stand-in's own server runs in this process as well, and it may say what was asked of it.
        var client = string.Join('\n', told.Where(span => !span.Contains("http.route", StringComparison.Ordinal) && !span.Contains("url.scheme", StringComparison.Ordinal)));
        Assert.DoesNotContain("secret-of-somebody-else", client);
        Assert.DoesNotContain(TelegramSandbox.Token, client);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_health_check_sees_the_bot_and_does_without_one()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        Assert.AreEqual(HealthStatus.Healthy, await Health(host.Connect(NotificationsEndpoint.AddServices)));
        Assert.AreEqual(HealthStatus.Unhealthy, await Health(host.Connect(NotificationsEndpoint.AddServices, ("Notifications:Telegram:Token", "7000000001:secret-of-somebody-else"))));
        Assert.AreEqual(HealthStatus.Healthy, await Health(host.Connect(NotificationsEndpoint.AddServices, ("Notifications:Telegram:Token", ""))));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_settings_are_all_named_at_once_without_the_token()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var notifications = host.Connect(
            NotificationsEndpoint.AddServices, ("Notifications:Telegram:Token", "secret"), ("Notifications:Telegram:PerSecond", "0"), ("Notifications:Telegram:Timeout", "00:01:00"));

        var wrong = Assert.ThrowsExactly<OptionsValidationException>(() => notifications.GetRequiredService<IOptions<TelegramOptions>>().Value);

        Assert.HasCount(3, wrong.Failures.ToList());
        Assert.DoesNotContain("secret", wrong.Message);
    }

    static SendLetter InALetter(SendTelegram command) => new(
        command.NotificationId, command.OrderId, command.Kind, command.Name, "zoe@customers.example", command.Language, command.TrackingId, command.Details);

    async Task<SandboxHost> Linked(TimeProvider? time = null)
    {
        var host = await SandboxHost.Start(test.CancellationToken, time);
        host.Services.GetRequiredService<TelegramBook>().Says(Chat, "/start", "Zoë");
        var links = host.Connect(NotificationsEndpoint.AddServices).GetRequiredService<TelegramLinks>();
        var (token, _) = await links.NewToken("shop-1", "C-1", test.CancellationToken);
        Assert.IsTrue(await links.Link(TelegramLinks.HashOf(token), Chat, test.CancellationToken));
        return host;
    }

    async Task<object> Send(IServiceProvider notifications, SendTelegram command) =>
        Assert.ContainsSingle((await Recording.Of<SendTelegramHandler, SendTelegram>(notifications, command, test.CancellationToken)).Replies);

    async Task<object> Send(IServiceProvider notifications, SendLetter command) =>
        Assert.ContainsSingle((await Recording.Of<SendLetterHandler, SendLetter>(notifications, command, test.CancellationToken)).Replies);

    async Task<PreferencesFound> LookUp(IServiceProvider notifications, SendLetter? letter = null)
    {
        var asked = new LookUpPreferences(Shipped.NotificationId, Shipped.Client, Shipped.CustomerId, letter);
        return (PreferencesFound)Assert.ContainsSingle((await Recording.Of<LookUpPreferencesHandler, LookUpPreferences>(notifications, asked, test.CancellationToken)).Replies);
    }

    async Task<HealthStatus> Health(IServiceProvider notifications) =>
        (await notifications.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "telegram", test.CancellationToken)).Status;
}

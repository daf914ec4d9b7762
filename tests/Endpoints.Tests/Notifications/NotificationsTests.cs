using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Words;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Sandbox.Mail;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Notifications;

[TestClass]
public sealed class NotificationsTests(TestContext test)
{
    static readonly SendLetter Shipped = new(
        "A-1/letter-OrderShipped", "A-1", NotificationKind.OrderShipped, "Zoë", "zoe@customers.example", null, "t-1",
        new Dictionary<string, string> { ["trackingNumber"] = "10248" });

    static readonly (string, string?)[] Impatient = [("Notifications:Smtp:Timeout", "00:00:05")];

    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_letter_arrives_with_the_link_to_the_orders_page()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        await Notify(host.Connect(NotificationsEndpoint.AddServices), Shipped);

        var letter = await Letter(host);
        Assert.AreEqual("<A-1/letter-OrderShipped@sandbox.example>", (string?)letter["messageId"]);
        Assert.AreEqual(("shop@sandbox.example", "zoe@customers.example"), ((string?)letter["from"], (string?)letter["to"]));
        Assert.AreEqual("Your order A-1 is on its way", (string?)letter["subject"]);
        var text = (string)letter["text"]!;
        Assert.StartsWith("Hello Zoë,\r\n", text);
        Assert.Contains("tracking number is 10248.", text);
        Assert.Contains("http://localhost:8080/track/t-1\r\n", text);
        var raw = (string)letter["raw"]!;
        Assert.Contains("\r\nAuto-Submitted: auto-generated\r\n", raw);
        Assert.Contains("multipart/alternative", raw);
        Assert.IsTrue(raw.Split("\r\n").All(line => line.Length <= 78));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_repeated_message_sends_nothing()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        for (var attempt = 0; attempt < 3; attempt++)
            await Notify(host.Connect(NotificationsEndpoint.AddServices), Shipped);
        await Notify(
            host.Connect(NotificationsEndpoint.AddServices),
            Shipped with { NotificationId = "A-1/letter-OrderDelivered", Kind = NotificationKind.OrderDelivered });

        Assert.AreEqual("1 1", string.Join(' ', (await host.Documents("mail", "A-1", test.CancellationToken)).Select(letter => (int)letter!["timesReceived"]!)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Where_there_is_nothing_to_choose_the_letter_is_the_answer_to_how()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var notifications = host.Connect(NotificationsEndpoint.AddServices);
        await Wish(notifications, new(PrefersLetters: false, "ru", Quiet: null, AgreesToOffers: null, ConsentSource: null));

        for (var asked = 0; asked < 2; asked++)
            Assert.AreEqual(new LetterSent(Shipped.NotificationId), await LookUp(notifications, Shipped));
        Assert.IsInstanceOfType<PreferencesFound>(await LookUp(notifications, letter: null));

        var letter = await Letter(host);
        Assert.AreEqual(("Ваш заказ A-1 в пути", 1), ((string?)letter["subject"], (int)letter["timesReceived"]!));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task In_quiet_hours_the_letter_is_left_alone()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var notifications = host.Connect(NotificationsEndpoint.AddServices);
        var from = TimeOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime.AddHours(-1));
        await Wish(notifications, new(PrefersLetters: true, Language: null, new(from, from.AddHours(2), TimeZoneInfo.Utc), AgreesToOffers: null, ConsentSource: null));

        Assert.AreEqual(_clock.GetUtcNow().AddHours(1), Assert.IsInstanceOfType<PreferencesFound>(await LookUp(notifications, Shipped)).QuietUntil);

        Assert.IsEmpty(await host.Documents("mail", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore), typeof(IOException), 1)]
    [DataRow(nameof(LeverEffect.Silent), typeof(TimeoutException), 1)]
    [DataRow(nameof(LeverEffect.FailAfter), typeof(IOException), 2)]
    [DataRow(nameof(LeverEffect.SilentAfter), typeof(TimeoutException), 2)]
    public async Task What_may_not_have_arrived_is_sent_again_as_the_same_letter(string fault, Type failure, int times)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new Lever("mail", Enum.Parse<LeverEffect>(fault), Match: "A-1", Times: 1));

        // Only where the server is silent time must run out; elsewhere a busy machine could run it out too early.
        var settings = fault.StartsWith("Silent", StringComparison.Ordinal) ? Impatient : [];
        var thrown = await Assert.ThrowsAsync<Exception>(() => Notify(host.Connect(NotificationsEndpoint.AddServices, settings), Shipped));
        await Notify(host.Connect(NotificationsEndpoint.AddServices, ("Notifications:From", "moved@elsewhere.example")), Shipped);

        Assert.IsInstanceOfType(thrown, failure, thrown.ToString());
        Assert.DoesNotContain("zoe", thrown.ToString());
        var letter = await Letter(host);
        Assert.AreEqual("<A-1/letter-OrderShipped@sandbox.example>", (string?)letter["messageId"]);
        Assert.AreEqual(times, (int)letter["timesReceived"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_mailbox_that_does_not_exist_is_an_answer()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new Lever("mail", LeverEffect.Refuse, Times: 1, Reason: "<Zoe@customers.example> unknown"));
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        var refused = Assert.IsInstanceOfType<LetterRefused>(await Notify(notifications, Shipped));

        Assert.Contains("550 5.1.1 <(the customer's address)> unknown", refused.Reason);
        Assert.DoesNotContain("zoe", refused.Reason.ToLowerInvariant());

        // Nothing was sent, so whoever has it tried again later may succeed.
        Assert.IsInstanceOfType<LetterSent>(await Notify(notifications, Shipped));
        Assert.AreEqual(1, (int)(await Letter(host))["timesReceived"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("")]
    [DataRow("zoe")]
    [DataRow("zoe@customers.example\r\nRCPT TO:<everybody@customers.example>")]
    [DataRow("\"zoe> x\"@customers.example")]
    [DataRow("зоя@customers.example")]
    public async Task An_address_that_is_none_never_reaches_the_mail_server(string address)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var refused = Assert.IsInstanceOfType<LetterRefused>(await Notify(host.Connect(NotificationsEndpoint.AddServices), Shipped with { Email = address }));

        Assert.AreEqual("A-1/letter-OrderShipped", refused.NotificationId);
        Assert.IsEmpty(await host.Documents("mail", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task No_text_of_the_order_becomes_a_header()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        await Notify(host.Connect(NotificationsEndpoint.AddServices), Shipped with
        {
            OrderId = "A-1\r\nBcc: everybody@customers.example",
            Name = "<b>Zoë</b>\r\n.\r\nQUIT",
        });

        var raw = (string)(await Letter(host))["raw"]!;
        Assert.DoesNotContain("\r\nBcc:", raw);
        Assert.DoesNotContain("QUIT", raw);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(NotificationKind.OrderCancelled, NotificationKind.OrderConfirmed)]
    [DataRow(NotificationKind.OrderCancelled, NotificationKind.OrderShipped)]
    [DataRow(NotificationKind.OrderDelivered, NotificationKind.OrderShipped)]
    [DataRow(NotificationKind.OrderShipped, NotificationKind.OrderConfirmed)]
    [DataRow(NotificationKind.OrderAmended, NotificationKind.OrderConfirmed)]
    public async Task Old_news_is_not_sent_after_newer_news(NotificationKind newer, NotificationKind older)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        foreach (var kind in new[] { newer, older, older })
            await Notify(notifications, Shipped with { NotificationId = $"A-1/letter-{kind}", Kind = kind });
        await Notify(notifications, Shipped with { OrderId = "A-2", NotificationId = $"A-2/letter-{older}", Kind = older });

        Assert.ContainsSingle(await host.Documents("mail", "A-1", test.CancellationToken));
        Assert.ContainsSingle(await host.Documents("mail", "A-2", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_earlier_change_is_not_told_after_a_later_one()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var notifications = host.Connect(NotificationsEndpoint.AddServices);

        foreach (var number in new[] { 2, 1, 10, 9 })
            await Notify(notifications, Shipped with { NotificationId = $"A-1/letter-OrderAmended/{number}", Kind = NotificationKind.OrderAmended });

        var letters = await host.Documents("mail", "A-1", test.CancellationToken);
        Assert.AreEqual("/10@ /2@", string.Join(' ', letters.Select(letter => ((string)letter!["messageId"]!)[24..^16]).Order(StringComparer.Ordinal)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task While_one_message_sends_it_another_one_waits()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var killed = host.Connect(NotificationsEndpoint.AddServices).GetRequiredService<Notices>();
        await killed.Begin(Shipped.NotificationId, Shipped.OrderId, Shipped.Kind, NoticeChannel.Letter, "<1@sandbox.example>", test.CancellationToken);

        var notifications = host.Connect(NotificationsEndpoint.AddServices);
        var busy = await Assert.ThrowsExactlyAsync<BeingSentException>(() => Notify(notifications, Shipped));
        Assert.Contains("is being sent by another message", busy.Message);
        Assert.IsEmpty(await host.Documents("mail", null, test.CancellationToken));

        _clock.Advance(Notices.Lease);
        await Notify(notifications, Shipped);
        Assert.AreEqual("<1@sandbox.example>", (string?)(await Letter(host))["messageId"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_line_is_secured_and_the_hub_logs_in_when_told_to()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var mailbox = host.Services.GetRequiredService<MailSandbox>();

        bool IsTheMailboxs(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
            shown!.GetCertHashString() == mailbox.Certificate.GetCertHashString();

        await Mailer(mailbox, MailSandbox.Password, IsTheMailboxs)
            .Send(Any("1"), "A-1/letter-1", test.CancellationToken);
        Assert.AreEqual("<1@sandbox.example>", (string?)(await Letter(host))["messageId"]);

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() =>
            Mailer(mailbox, "wrong", IsTheMailboxs).Send(Any("2"), "A-1/letter-2", test.CancellationToken));
        Assert.Contains("535 5.7.8 wrong user or password (after AUTH PLAIN)", rejected.Message);
        await Assert.ThrowsExactlyAsync<IOException>(() =>
            Mailer(mailbox, MailSandbox.Password, trust: null).Send(Any("3"), "A-1/letter-3", test.CancellationToken));
        Assert.ContainsSingle(await host.Documents("mail", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_health_check_sees_the_mail_server()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var there = host.Connect(NotificationsEndpoint.AddServices).GetRequiredService<HealthCheckService>();
        var gone = host.Connect(NotificationsEndpoint.AddServices, ("Notifications:Smtp:Port", "1")).GetRequiredService<HealthCheckService>();

        Assert.AreEqual(HealthStatus.Healthy, (await there.CheckHealthAsync(test.CancellationToken)).Status);
        Assert.AreEqual(HealthStatus.Unhealthy, (await gone.CheckHealthAsync(test.CancellationToken)).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var notifications = host.Connect(
            NotificationsEndpoint.AddServices, ("Notifications:From", "shop"), ("Notifications:PublicAddress", null),
            ("Notifications:Smtp:Host", "mail.example"), ("Notifications:Smtp:User", "shop"), ("Notifications:Smtp:Timeout", "00:01:00"));

        var wrong = Assert.ThrowsExactly<OptionsValidationException>(() => notifications.GetRequiredService<IOptions<NotificationsOptions>>().Value);
        var faults = wrong.Failures.ToList();

        Assert.HasCount(4, faults);
        Assert.Contains("the password would cross the network in the clear", faults[3]);
    }

    static Mailer Mailer(MailSandbox mailbox, string password, RemoteCertificateValidationCallback? trust) => new(Options.Create(new NotificationsOptions
    {
        From = "shop@sandbox.example",
        Smtp = new()
        {
            Host = "127.0.0.1", Port = mailbox.Port, Security = SmtpSecurity.StartTls, User = MailSandbox.User, Password = password,
        },
    }), TimeProvider.System)
    { Trust = trust };

    static Letter Any(string id) => new(
        $"<{id}@sandbox.example>", DateTimeOffset.UnixEpoch, "zoe@customers.example", new("Subject", "Hello!", [], "http://localhost/track/1", new English()));

    async Task<object> Notify(IServiceProvider notifications, SendLetter command) =>
        Assert.ContainsSingle((await Recording.Of<SendLetterHandler, SendLetter>(notifications, command, test.CancellationToken)).Replies);

    Task Wish(IServiceProvider notifications, PreferenceForm wish) =>
        notifications.GetRequiredService<CustomerPreferences>().Set("shop-1", "C-1", wish, test.CancellationToken);

    async Task<object> LookUp(IServiceProvider notifications, SendLetter? letter) => Assert.ContainsSingle(
        (await Recording.Of<LookUpPreferencesHandler, LookUpPreferences>(notifications, new(Shipped.NotificationId, "shop-1", "C-1", letter), test.CancellationToken)).Replies);

    async Task<JsonNode> Letter(SandboxHost host) => Assert.ContainsSingle(await host.Documents("mail", null, test.CancellationToken))!;
}

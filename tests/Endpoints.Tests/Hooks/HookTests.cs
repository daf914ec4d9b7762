using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Sandbox.Webhooks;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Hooks;

/// <summary>The role that takes webhooks in, and the hints that arrive at the endpoint that works with the vendor.</summary>
[TestClass]
public sealed class HookTests(TestContext test)
{
    const string Secret = "whsec_new";
    const string YooKassa = "185.71.76.1";

    readonly ManualClock _clock = new();
    readonly Inbox _inbox = new();
    readonly Carrier _carrier = new();

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_event_is_handed_on_once_however_often_it_comes()
    {
        await using var host = await Start();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Stripe(host, Event("evt_1", "pi_1"))));

        Assert.AreEqual("OK", string.Join(' ', answers.Distinct()));
        Assert.AreEqual(HttpStatusCode.OK, await Stripe(host, Event("evt_2", "pi_2")));
        Assert.AreEqual("pi_1 pi_2", await Arrived(2));
        Assert.AreEqual(2, await Kept(host));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Of_many_hints_at_the_same_that_come_together_all_are_kept_and_few_are_handed_on()
    {
        await using var host = await Start();
        await using var busy = new SqliteConnection(host.Database);
        await busy.OpenAsync(test.CancellationToken);
        await new SqliteCommand("BEGIN IMMEDIATE", busy).ExecuteNonQueryAsync(test.CancellationToken);

        // None of them is committed before all have come.
        var answers = Enumerable.Range(1, 30).Select(number => Post(host, YooKassa, "/hooks/carrier", $"{number}")).ToList();
        while (_carrier.Judged < answers.Count) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
        Assert.IsFalse(answers.Exists(answer => answer.IsCompleted), "It was acknowledged before it was safe.");
        await new SqliteCommand("ROLLBACK", busy).ExecuteNonQueryAsync(test.CancellationToken);

        Assert.AreEqual("OK", string.Join(' ', (await Task.WhenAll(answers)).Distinct()));
        Assert.AreEqual(30, await Kept(host));
        Assert.AreEqual(HttpStatusCode.OK, await Stripe(host, Event("evt_last", "pi_2")));
        while (!_inbox.Payments.Contains("pi_2")) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
        Assert.IsInRange(1, 10, _inbox.Payments.Count(payment => payment == Carrier.Parcel));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_is_told_to_two_processes_at_once_is_kept_once_and_lost_to_neither()
    {
        await using var host = await Start();
        HookIntake[] processes = [host.App.Services.GetRequiredService<HookIntake>(), ActivatorUtilities.CreateInstance<HookIntake>(host.App.Services)];
        var hooks = Enumerable.Range(1, 40).Select(number => new TakenHook("stripe", PaymentsEndpoint.Name, $"evt_{number}", "pi_1", "{}", _clock.GetUtcNow(), new LookAtPayment("pi_1")));

        await Task.WhenAll(hooks.SelectMany(hook => processes.Select(process => Task.Run(() => process.Take(hook, test.CancellationToken)))));

        Assert.AreEqual(40, await Kept(host));
        Assert.StartsWith("pi_1", await Arrived(1));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_Stripe_did_not_sign_is_refused_and_nothing_is_kept()
    {
        await using var host = await Start();
        var body = Event("evt_1", "pi_1");
        string[] forged =
        [
            "", "t=", "v1=00", WebhookSignature.Of("whsec_somebody", _clock.GetUtcNow(), body), WebhookSignature.Of(Secret, _clock.GetUtcNow(), Event("evt_1", "pi_2")),
            WebhookSignature.Of(Secret, _clock.GetUtcNow().AddMinutes(-6), body), WebhookSignature.Of(Secret, _clock.GetUtcNow().AddMinutes(6), body),
            WebhookSignature.Of(Secret, _clock.GetUtcNow(), body).Replace("v1=", "v0=", StringComparison.Ordinal),
        ];

        foreach (var signature in forged)
            Assert.AreEqual(HttpStatusCode.BadRequest, await Stripe(host, body, signature), signature);
        Assert.AreEqual(0, await Kept(host));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task While_a_secret_is_being_replaced_the_old_and_the_new_one_count()
    {
        await using var host = await Start();
        var at = _clock.GetUtcNow();
        var (one, two) = (Event("evt_1", "pi_1"), Event("evt_2", "pi_2"));

        Assert.AreEqual(HttpStatusCode.OK, await Stripe(host, one, WebhookSignature.Of("whsec_old", at, one)));
        Assert.AreEqual(HttpStatusCode.OK, await Stripe(host, two, $"{WebhookSignature.Of("whsec_unknown_to_us", at, two)},{WebhookSignature.Of(Secret, at, two).Split(',')[1]}"));
        Assert.AreEqual("pi_1 pi_2", await Arrived(2));
    }

    [TestMethod]
    public void Stripes_own_signature_is_understood()
    {
        const string Given = "t=1700000000,v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd";
        Assert.AreEqual(Given, WebhookSignature.Of("whsec_test_secret", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), """{"id":"evt_1","object":"event"}"""));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow("""{"id":"evt_1","type":"charge.captured","data":{"object":{"object":"charge","id":"ch_1","payment_intent":"pi_1"}}}""", "pi_1")]
    [DataRow("""{"id":"evt_1","type":"refund.created","data":{"object":{"object":"refund","id":"re_1","payment_intent":"pi_1"}}}""", "pi_1")]
    [DataRow("""{"id":"evt_1","type":"charge.captured","data":{"object":{"object":"charge","id":"ch_1","payment_intent":null}}}""", "")]
    [DataRow("""{"id":"evt_1","type":"customer.created","data":{"object":{"object":"customer","id":"cus_1"}}}""", "")]
    public async Task Stripes_events_lead_to_their_payment_or_are_acknowledged(string body, string paymentId)
    {
        await using var host = await Start();
        Assert.AreEqual(HttpStatusCode.OK, await Stripe(host, body));
        Assert.AreEqual(paymentId, await Arrived(paymentId.Length > 0 ? 1 : 0));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task YooKassa_is_known_by_its_address_which_the_gateway_alone_tells()
    {
        await using var host = await Start();
        var body = Notification("payment.succeeded", """{"id":"p-1","status":"succeeded"}""");

        foreach (var stranger in new[] { "185.71.76.32", "127.0.0.1", "2a02:5181::1" })
            Assert.AreEqual(HttpStatusCode.Forbidden, await Post(host, stranger, "/hooks/yookassa", body, ("X-Forwarded-For", YooKassa)), stranger);
        foreach (var own in new[] { YooKassa, "77.75.156.35", "2a02:5180::1" })
            Assert.AreEqual(HttpStatusCode.OK, await Post(host, own, "/hooks/yookassa", body), own);

        Assert.AreEqual("p-1", await Arrived(1));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task YooKassas_notifications_lead_to_their_payment_or_are_acknowledged()
    {
        await using var host = await Start();
        Assert.AreEqual(HttpStatusCode.OK, await Post(host, YooKassa, "/hooks/yookassa", Notification("refund.succeeded", """{"id":"r-1","payment_id":"p-7"}""")));
        Assert.AreEqual(HttpStatusCode.OK, await Post(host, YooKassa, "/hooks/yookassa", Notification("payout.succeeded", """{"id":"po-1"}""")));
        foreach (var nonsense in new[] { "", "[]", "{", "null", """{"type":"notification"}""" })
            Assert.AreEqual(HttpStatusCode.BadRequest, await Post(host, YooKassa, "/hooks/yookassa", nonsense), nonsense);

        Assert.AreEqual("p-7", await Arrived(1));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_could_not_be_kept_is_not_acknowledged_and_the_repetition_is_taken()
    {
        await using var host = await Start();
        var body = Event("evt_1", "pi_1");
        await using (var locked = new SqliteConnection(host.Database))
        {
            await locked.OpenAsync(test.CancellationToken);
            await new SqliteCommand("ALTER TABLE TakenHooks RENAME TO Away", locked).ExecuteNonQueryAsync(test.CancellationToken);
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, await Stripe(host, body));
            await new SqliteCommand("ALTER TABLE Away RENAME TO TakenHooks", locked).ExecuteNonQueryAsync(test.CancellationToken);
        }

        Assert.AreEqual(HttpStatusCode.OK, await Stripe(host, body));
        Assert.AreEqual("pi_1", await Arrived(1));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_no_vendor_repeats_any_more_is_cleared_away()
    {
        await using var host = await Start();
        await Stripe(host, Event("evt_1", "pi_1"));
        _clock.Advance(TimeSpan.FromDays(8));
        await Stripe(host, Event("evt_2", "pi_2"));

        Assert.AreEqual(1, await ActivatorUtilities.CreateInstance<HookCleanup>(host.App.Services).Clean(test.CancellationToken));
        Assert.AreEqual(1, await Kept(host));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_huge_body_and_an_unknown_vendor_are_refused()
    {
        await using var host = await Start();
        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, await Post(host, YooKassa, "/hooks/yookassa", new string('x', 256 * 1024 + 1)));
        Assert.AreEqual(HttpStatusCode.NotFound, await Post(host, YooKassa, "/hooks/nobody", "{}"));
    }

    Task<RoleHost> Start() => RoleHost.Start(
        HooksEndpoint.Name, HooksEndpoint.Configure,
        (services, configuration) =>
        {
            HooksEndpoint.AddServices(services, configuration);
            PaymentHooks.AddServices(services, configuration);
            services.AddSingleton<IHook>(_carrier);
        },
        HooksEndpoint.Map, test.CancellationToken, _clock,
        others: [(PaymentsEndpoint.Name, endpoint => endpoint.AddHandler<Receiver>(), _inbox)],
        settings: [("Payments:YooKassa:ShopId", "shop"), ("Payments:Stripe:Hooks:Secrets", $"whsec_old; {Secret}")]);

    static string Event(string id, string paymentId) =>
        $$"""{"id":"{{id}}","object":"event","type":"payment_intent.succeeded","data":{"object":{"object":"payment_intent","id":"{{paymentId}}"} } }""";

    static string Notification(string what, string about) => $$"""{"type":"notification","event":"{{what}}","object":{{about}}}""";

    Task<HttpStatusCode> Stripe(RoleHost host, string body, string? signature = null) =>
        Post(host, "54.187.174.169", "/hooks/stripe", body, ("Stripe-Signature", signature ?? WebhookSignature.Of(Secret, _clock.GetUtcNow(), body)));

    async Task<HttpStatusCode> Post(RoleHost host, string address, string path, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await host.Vendor(address).SendAsync(request, test.CancellationToken);
        return answer.StatusCode;
    }

    async Task<int> Kept(RoleHost host)
    {
        await using var database = await host.App.Services.GetRequiredService<IDbContextFactory<HookDb>>().CreateDbContextAsync(test.CancellationToken);
        return await database.Hooks.CountAsync(test.CancellationToken);
    }

    /// <summary>The payments that were hinted at, once there are so many. What came too often would come before a further one that is sent now.</summary>
    async Task<string> Arrived(int count)
    {
        while (_inbox.Payments.Count < count)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
        return string.Join(' ', _inbox.Payments.Order(StringComparer.Ordinal));
    }

    sealed class Carrier : IHook
    {
        public const string Parcel = "parcel";

        int _judged;

        public string Vendor => "carrier";

        public string Endpoint => PaymentsEndpoint.Name;

        public int Judged => Volatile.Read(ref _judged);

        public HookVerdict Judge(HookRequest request)
        {
            Interlocked.Increment(ref _judged);
            return new HookVerdict.Taken(EventId: null, new LookAtPayment(Parcel)) { Subject = Parcel };
        }
    }

    sealed class Inbox
    {
        public ConcurrentQueue<string> Payments { get; } = new();
    }

    sealed class Receiver(Inbox inbox) : IHandleMessages<LookAtPayment>
    {
        public Task Handle(LookAtPayment hint, IMessageHandlerContext context)
        {
            inbox.Payments.Enqueue(hint.PaymentId);
            return Task.CompletedTask;
        }
    }
}

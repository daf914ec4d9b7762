using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class PaymentsTests(TestContext test)
{
    static readonly Money Price = new(4990m, "RUB");
    static readonly HoldPayment Hold = new("A-1", Price, "pm-1", "A-1/hold/1");

    // The connector's own repetitions would hide what the handler does.
    static readonly (string, string?)[] Single = [("Payments:YooKassa:Retries", "0")];
    static readonly (string, string?)[] Impatient = [.. Single, ("Payments:YooKassa:Timeout", "00:00:02")];

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Money_is_held_taken_and_given_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);

        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        Assert.AreEqual(Price, held.Amount);
        Assert.IsNotNull(held.ExpiresAt);
        var captured = await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        Assert.AreEqual(new PaymentCaptured("A-1", held.PaymentId, Price), captured);
        var refunded = await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, Price, "A-1/refund/1"));
        Assert.AreEqual(new PaymentRefunded("A-1", held.PaymentId, Price), refunded);

        var ledger = await Ledger(host);
        Assert.AreEqual(4990m, (decimal)ledger["captured"]!);
        Assert.AreEqual(4990m, (decimal)ledger["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_is_released_once_and_stays_released()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);

        await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(payments, new("A-1", held.PaymentId, "A-1/void/1"));
        await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(payments, new("A-1", held.PaymentId, "A-1/void/2"));
        await Reply<CapturePaymentHandler, CapturePayment, CaptureRefused>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));

        Assert.AreEqual("canceled", (string)(await Ledger(host))["status"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Declined_cards_and_cards_that_want_the_payer_are_declined_and_stay_so()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);

        foreach (var method in new[] { "pm-declined", "pm-3ds", "stolen" })
        {
            var command = Hold with { PaymentMethod = method, OperationId = $"A-1/hold/{method}" };
            var first = await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, command);
            var second = await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, command);
            Assert.AreEqual(first, second);
        }

        Assert.IsTrue((await host.Documents("yookassa", "A-1", test.CancellationToken)).All(payment => (decimal)payment!["captured"]! == 0));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.Silent))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_each_step_happens_once(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        foreach (var step in new[] { "POST /yookassa/v3/payments", "/capture", "POST /yookassa/v3/refunds" })
            host.Pull(new("yookassa", Enum.Parse<LeverEffect>(fault), Match: "A-1", Call: step, Times: 1));

        // Only where the provider is silent time must run out; elsewhere a busy machine could run it out too early.
        var settings = fault.StartsWith("Silent", StringComparison.Ordinal) ? Impatient : Single;
        var held = await AfterFailure<HoldPaymentHandler, HoldPayment, PaymentHeld>(host, settings, Hold);
        await AfterFailure<CapturePaymentHandler, CapturePayment, PaymentCaptured>(host, settings, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        await AfterFailure<RefundPaymentHandler, RefundPayment, PaymentRefunded>(host, settings, new("A-1", held.PaymentId, Price, "A-1/refund/1"));

        var ledger = await Ledger(host);
        Assert.AreEqual(4990m, (decimal)ledger["captured"]!);
        Assert.HasCount(1, ledger["refunds"]!.AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    public async Task Past_the_memory_of_keys_the_payment_is_looked_up_before_anything_is_sent(string fault)
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var payments = host.Connect(PaymentsEndpoint.AddServices, Single);
        for (var n = 0; n < 120; n++)
            await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, new($"B-{n}", Price, "pm-1", $"B-{n}/hold/1"));

        host.Pull(new("yookassa", Enum.Parse<LeverEffect>(fault), Match: "A-1", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<HoldPaymentHandler, HoldPayment>(payments, Hold, test.CancellationToken));
        clock.Advance(TimeSpan.FromHours(30));
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(host.Connect(PaymentsEndpoint.AddServices, Single), Hold);

        Assert.AreEqual(held.PaymentId, (string)(await Ledger(host))["id"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_that_ended_before_its_lost_answer_was_asked_for_again_is_no_hold()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices, Single);
        host.Pull(new("yookassa", LeverEffect.FailAfter, Match: "A-1", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<HoldPaymentHandler, HoldPayment>(payments, Hold, test.CancellationToken));

        await ByHand(host, $"payments/{(string)(await Ledger(host))["id"]!}/cancel", new { });

        await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, Hold);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Past_the_memory_of_keys_nothing_is_paid_back_twice()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var payments = host.Connect(PaymentsEndpoint.AddServices, Single);
        var taken = await Taken(payments);
        var part = new RefundPayment("A-1", taken.PaymentId, new(2000m, "RUB"), "A-1/refund/1");
        host.Pull(new("yookassa", LeverEffect.FailAfter, Call: "POST /yookassa/v3/refunds", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<RefundPaymentHandler, RefundPayment>(payments, part, test.CancellationToken));

        clock.Advance(TimeSpan.FromHours(30));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, part);

        Assert.AreEqual(2000m, (decimal)(await Ledger(host))["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hundred_commands_at_once_some_twice_make_one_payment_each()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var processes = new[] { host.Connect(PaymentsEndpoint.AddServices), host.Connect(PaymentsEndpoint.AddServices) };

        var held = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(
            processes[n % 2], new($"A-{n / 2}", Price, "pm-1", $"A-{n / 2}/hold/1"))));

        Assert.HasCount(100, held.Select(payment => payment.PaymentId).Distinct());
        Assert.HasCount(100, await host.Documents("yookassa", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_bank_that_withdraws_the_hold_refuses_the_capture()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new("yookassa", LeverEffect.Refuse, Call: "/capture", Reason: "issuer_unavailable"));

        var refused = await Reply<CapturePaymentHandler, CapturePayment, CaptureRefused>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));

        Assert.AreEqual("the bank could not be reached; please try again later", refused.Reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_the_provider_will_not_give_back_becomes_a_persons_task()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new("yookassa", LeverEffect.Refuse, Call: "/cancel"));

        await Reply<VoidPaymentHandler, VoidPayment, PaymentReturnRefused>(payments, new("A-1", held.PaymentId, "A-1/void/1"));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(payments, new("A-1", held.PaymentId, Price, "A-1/refund/1"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Money_given_back_by_hand_ends_the_task_once_all_of_it_is_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);
        var taken = await Taken(payments);
        var refund = new RefundPayment("A-1", taken.PaymentId, Price, "A-1/refund/1");
        host.Pull(new("yookassa", LeverEffect.Refuse, Call: "POST /yookassa/v3/refunds", Times: 1));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(payments, refund);

        await ByHand(host, "refunds", new { payment_id = taken.PaymentId, amount = new { value = "1000.00", currency = "RUB" } });
        var half = await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(payments, refund with { OperationId = "A-1/refund/2" });
        Assert.Contains("1000.00 RUB has gone back so far", half.Reason);

        await ByHand(host, "refunds", new { payment_id = taken.PaymentId, amount = new { value = "3990.00", currency = "RUB" } });
        for (var n = 0; n < 2; n++)
        {
            var refunded = await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, refund with { OperationId = "A-1/refund/3" });
            Assert.AreEqual(new PaymentRefunded("A-1", taken.PaymentId, Price), refunded);
        }

        Assert.AreEqual(4990m, (decimal)(await Ledger(host))["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_released_by_hand_ends_the_task()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new("yookassa", LeverEffect.Refuse, Call: "/cancel", Times: 1));
        await Reply<VoidPaymentHandler, VoidPayment, PaymentReturnRefused>(payments, new("A-1", held.PaymentId, "A-1/void/1"));

        await ByHand(host, $"payments/{held.PaymentId}/cancel", new { });

        await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(payments, new("A-1", held.PaymentId, "A-1/void/2"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_taken_by_hand_is_reported_as_taken_so_that_it_is_refunded()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        await ByHand(host, $"payments/{held.PaymentId}/capture", new { amount = new { value = "4000.00", currency = "RUB" } });

        for (var n = 0; n < 2; n++)
        {
            var taken = await Reply<VoidPaymentHandler, VoidPayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, "A-1/void/1"));
            Assert.AreEqual(new PaymentCaptured("A-1", held.PaymentId, new(4000m, "RUB")), taken);
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Money_that_went_back_before_the_capture_was_answered_does_not_pay_for_goods()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(PaymentsEndpoint.AddServices, Single);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        var capture = new CapturePayment("A-1", held.PaymentId, Price, "A-1/capture/1");
        host.Pull(new("yookassa", LeverEffect.FailAfter, Call: "/capture", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<CapturePaymentHandler, CapturePayment>(payments, capture, test.CancellationToken));

        await ByHand(host, "refunds", new { payment_id = held.PaymentId, amount = new { value = "4990.00", currency = "RUB" } });

        await Reply<CapturePaymentHandler, CapturePayment, CaptureRefused>(payments, capture);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_credentials_go_to_a_person_and_show_in_the_health_check()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var right = host.Connect(PaymentsEndpoint.AddServices);
        var wrong = host.Connect(PaymentsEndpoint.AddServices, ("Payments:YooKassa:SecretKey", "wrong"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => Recording.Of<HoldPaymentHandler, HoldPayment>(wrong, Hold, test.CancellationToken));

        Assert.Contains("Payments:YooKassa:SecretKey", rejected.Message);
        Assert.AreEqual(HealthStatus.Unhealthy, (await Health(wrong)).Status);
        Assert.AreEqual(HealthStatus.Healthy, (await Health(right)).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Missing_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = host.Connect(
            PaymentsEndpoint.AddServices, ("Payments:YooKassa:ShopId", ""), ("Payments:YooKassa:SecretKey", null), ("Payments:YooKassa:BaseAddress", "nowhere"));

        var faults = Assert.ThrowsExactly<OptionsValidationException>(() => payments.GetRequiredService<IOptions<YooKassaOptions>>().Value).Failures;

        foreach (var key in new[] { "ShopId", "SecretKey", "BaseAddress" })
            Assert.ContainsSingle(faults.Where(fault => fault.StartsWith($"Payments:YooKassa:{key} ", StringComparison.Ordinal)));
    }

    async Task<PaymentCaptured> Taken(IServiceProvider payments)
    {
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        return await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
    }

    /// <summary>Somebody does it in the shop's account at the provider.</summary>
    async Task ByHand(SandboxHost host, string path, object body)
    {
        using var account = new HttpClient { BaseAddress = new Uri(host.Address, "yookassa/v3/") };
        account.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("sandbox-shop:sandbox-secret"u8));
        account.DefaultRequestHeaders.Add("Idempotence-Key", Guid.NewGuid().ToString());
        using var answer = await account.PostAsJsonAsync(path, body, test.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The first attempt fails; another process gets the message again, and then once more.</summary>
    async Task<TReply> AfterFailure<THandler, TMessage, TReply>(SandboxHost host, (string, string?)[] settings, TMessage message)
        where THandler : IHandleMessages<TMessage>
    {
        var first = host.Connect(PaymentsEndpoint.AddServices, settings);
        var failure = await Assert.ThrowsAsync<Exception>(() => Recording.Of<THandler, TMessage>(first, message, test.CancellationToken));
        Assert.IsTrue(failure is HttpRequestException or TimeoutException, failure.ToString());

        var second = await Reply<THandler, TMessage, TReply>(host.Connect(PaymentsEndpoint.AddServices), message);
        Assert.AreEqual(second, await Reply<THandler, TMessage, TReply>(host.Connect(PaymentsEndpoint.AddServices), message));
        return second;
    }

    async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider payments, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(payments, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }

    async Task<JsonNode> Ledger(SandboxHost host) => Assert.ContainsSingle(await host.Documents("yookassa", "A-1", test.CancellationToken))!;

    Task<HealthReport> Health(IServiceProvider services) => services.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken);
}

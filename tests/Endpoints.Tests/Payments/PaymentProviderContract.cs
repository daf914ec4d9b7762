using System.Text.Json.Nodes;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Payments;

/// <summary>What the handlers promise, whichever provider has the money.</summary>
public abstract class PaymentProviderContract(TestContext test)
{
    protected static readonly Money Price = new(4990m, "RUB");

    HoldPayment Hold => new("A-1", Price, SavedMethod, "A-1/hold/1");

    // The connector's own repetitions would hide what the handler does.
    (string, string?)[] Single => [($"Payments:{Provider}:Retries", "0")];

    (string, string?)[] Impatient => [.. Single, ($"Payments:{Provider}:Timeout", "00:00:02")];

    protected CancellationToken Cancellation => test.CancellationToken;

    /// <summary>As <c>Payments:Provider</c> names it.</summary>
    protected abstract string Provider { get; }

    /// <summary>As the sandbox names it.</summary>
    protected abstract string System { get; }

    protected abstract string SavedMethod { get; }

    /// <summary>Methods with which nothing can be held.</summary>
    protected abstract string[] UselessMethods { get; }

    /// <summary>Method and path of the calls that hold and refund.</summary>
    protected abstract (string Hold, string Refund) Calls { get; }

    /// <summary>Why a bank withdraws a hold: its own word, and what the customer is told.</summary>
    protected abstract (string Reason, string Words) Withdrawal { get; }

    private protected abstract Task CancelByHand(SandboxHost host, string paymentId);

    private protected abstract Task CaptureByHand(SandboxHost host, string paymentId, Money amount);

    private protected abstract Task RefundByHand(SandboxHost host, string paymentId, Money amount);

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Money_is_held_taken_and_given_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);

        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        Assert.AreEqual(Price, held.Amount);
        Assert.IsNotNull(held.ExpiresAt);
        var captured = await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        Assert.AreEqual(new PaymentCaptured("A-1", held.PaymentId, Price), captured);
        var refunded = await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, Price, "A-1/refund/1"));
        Assert.AreEqual(new PaymentRefunded("A-1", held.PaymentId, Price, "A-1/refund/1"), refunded);

        var ledger = await Ledger(host);
        Assert.AreEqual(4990m, (decimal)ledger["captured"]!);
        Assert.AreEqual(4990m, (decimal)ledger["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_is_released_once_and_stays_released()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
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
        var payments = Connect(host);

        foreach (var method in UselessMethods)
        {
            var command = Hold with { PaymentMethod = method, OperationId = $"A-1/hold/{method}" };
            var first = await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, command);
            var second = await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, command);
            Assert.AreEqual(first, second);
        }

        Assert.IsTrue((await host.Documents(System, "A-1", test.CancellationToken)).All(payment => (decimal)payment!["captured"]! == 0));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.Silent))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_each_step_happens_once(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        foreach (var step in new[] { Calls.Hold, "/capture", Calls.Refund })
            host.Pull(new(System, Enum.Parse<LeverEffect>(fault), Match: "A-1", Call: step, Times: 1));

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
        var payments = Connect(host, Single);
        for (var n = 0; n < 120; n++)
            await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, new($"B-{n}", Price, SavedMethod, $"B-{n}/hold/1"));

        host.Pull(new(System, Enum.Parse<LeverEffect>(fault), Match: "A-1", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<HoldPaymentHandler, HoldPayment>(payments, Hold, test.CancellationToken));
        clock.Advance(TimeSpan.FromHours(30));
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(Connect(host, Single), Hold);

        Assert.AreEqual(held.PaymentId, (string)(await Ledger(host))["id"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_that_ended_before_its_lost_answer_was_asked_for_again_is_no_hold()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host, Single);
        host.Pull(new(System, LeverEffect.FailAfter, Match: "A-1", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<HoldPaymentHandler, HoldPayment>(payments, Hold, test.CancellationToken));

        await CancelByHand(host, (string)(await Ledger(host))["id"]!);

        await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, Hold);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Past_the_memory_of_keys_nothing_is_paid_back_twice()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var payments = Connect(host, Single);
        var taken = await Taken(payments);
        var part = new RefundPayment("A-1", taken.PaymentId, new(2000m, "RUB"), "A-1/refund/1");
        host.Pull(new(System, LeverEffect.FailAfter, Call: Calls.Refund, Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<RefundPaymentHandler, RefundPayment>(payments, part, test.CancellationToken));

        clock.Advance(TimeSpan.FromHours(30));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, part);

        Assert.AreEqual(2000m, (decimal)(await Ledger(host))["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    public async Task Each_part_goes_back_once_and_the_rest_after_them_and_no_more(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var paymentId = (await Taken(Connect(host))).PaymentId;
        foreach (var (amount, operation) in new[] { (2000m, "refund-part/1"), (500m, "refund-part/2"), (2490m, "refund/1") })
        {
            host.Pull(new(System, Enum.Parse<LeverEffect>(fault), Call: Calls.Refund, Times: 1));
            var refunded = await AfterFailure<RefundPaymentHandler, RefundPayment, PaymentRefunded>(host, Single, new("A-1", paymentId, new(amount, "RUB"), $"A-1/{operation}"));
            Assert.AreEqual($"A-1/{operation}", refunded.OperationId);
        }

        // All that was taken is back, whoever asks for more of it.
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(Connect(host), new("A-1", paymentId, new(1m, "RUB"), "A-1/refund-part/3"));
        var ledger = await Ledger(host);
        Assert.AreEqual(4990m, (decimal)ledger["refunded"]!);
        Assert.HasCount(3, ledger["refunds"]!.AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hundred_commands_at_once_some_twice_make_one_payment_each()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var processes = new[] { Connect(host), Connect(host) };

        var held = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(
            processes[n % 2], new($"A-{n / 2}", Price, SavedMethod, $"A-{n / 2}/hold/1"))));

        Assert.HasCount(100, held.Select(payment => payment.PaymentId).Distinct());
        Assert.HasCount(100, await host.Documents(System, null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_bank_that_withdraws_the_hold_refuses_the_capture()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new(System, LeverEffect.Refuse, Call: "/capture", Reason: Withdrawal.Reason));

        var refused = await Reply<CapturePaymentHandler, CapturePayment, CaptureRefused>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));

        Assert.AreEqual(Withdrawal.Words, refused.Reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_the_provider_will_not_give_back_becomes_a_persons_task()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new(System, LeverEffect.Refuse, Call: "/cancel"));

        await Reply<VoidPaymentHandler, VoidPayment, PaymentReturnRefused>(payments, new("A-1", held.PaymentId, "A-1/void/1"));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(payments, new("A-1", held.PaymentId, Price, "A-1/refund/1"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Money_given_back_by_hand_ends_the_task_once_all_of_it_is_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
        var taken = await Taken(payments);
        var refund = new RefundPayment("A-1", taken.PaymentId, Price, "A-1/refund/1");
        host.Pull(new(System, LeverEffect.Refuse, Call: Calls.Refund, Times: 1));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(payments, refund);

        await RefundByHand(host, taken.PaymentId, new(1000m, "RUB"));
        var half = await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(payments, refund with { OperationId = "A-1/refund/2" });
        Assert.Contains("1000.00 RUB has gone back so far", half.Reason);

        await RefundByHand(host, taken.PaymentId, new(3990m, "RUB"));
        for (var n = 0; n < 2; n++)
        {
            var refunded = await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, refund with { OperationId = "A-1/refund/3" });
            Assert.AreEqual(new PaymentRefunded("A-1", taken.PaymentId, Price, "A-1/refund/3"), refunded);
        }

        Assert.AreEqual(4990m, (decimal)(await Ledger(host))["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_was_settled_by_hand_is_not_asked_of_the_provider_by_a_copy_that_is_retried()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host, Single);
        var taken = await Taken(payments);
        foreach (var step in new[] { Calls.Refund, "/cancel" }) host.Pull(new(System, LeverEffect.FailBefore, Call: step, Times: 1));
        var part = new RefundPayment("A-1", taken.PaymentId, new(1000m, "RUB"), "A-1/refund-part/1");
        await Lost<RefundPaymentHandler, RefundPayment>(payments, part);

        foreach (var copy in new[] { part with { Settled = true }, part, part with { Settled = true } })
        {
            var refunded = await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, copy);
            Assert.AreEqual(new PaymentRefunded("A-1", taken.PaymentId, new(1000m, "RUB"), "A-1/refund-part/1"), refunded);
        }
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold with { OrderId = "A-2", OperationId = "A-2/hold/1" });
        var release = new VoidPayment("A-2", held.PaymentId, "A-2/void/1");
        foreach (var copy in new[] { release with { Settled = true }, release }) await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(payments, copy);

        Assert.AreEqual(0m, (decimal)(await Ledger(host))["refunded"]!, "It went back by another way, and the provider was never asked.");
        await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-2", held.PaymentId, Price, "A-2/capture/1"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_released_by_hand_ends_the_task()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new(System, LeverEffect.Refuse, Call: "/cancel", Times: 1));
        await Reply<VoidPaymentHandler, VoidPayment, PaymentReturnRefused>(payments, new("A-1", held.PaymentId, "A-1/void/1"));

        await CancelByHand(host, held.PaymentId);

        await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(payments, new("A-1", held.PaymentId, "A-1/void/2"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_taken_by_hand_is_reported_as_taken_so_that_it_is_refunded()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        await CaptureByHand(host, held.PaymentId, new(4000m, "RUB"));

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
        var payments = Connect(host, Single);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        var capture = new CapturePayment("A-1", held.PaymentId, Price, "A-1/capture/1");
        host.Pull(new(System, LeverEffect.FailAfter, Call: "/capture", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<CapturePaymentHandler, CapturePayment>(payments, capture, test.CancellationToken));

        await RefundByHand(host, held.PaymentId, new(4990m, "RUB"));

        await Reply<CapturePaymentHandler, CapturePayment, CaptureRefused>(payments, capture);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_credentials_go_to_a_person_and_show_in_the_health_check()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var right = Connect(host);
        var wrong = Connect(host, ($"Payments:{Provider}:SecretKey", "wrong"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => Recording.Of<HoldPaymentHandler, HoldPayment>(wrong, Hold, test.CancellationToken));

        Assert.Contains($"Payments:{Provider}:SecretKey", rejected.Message);
        Assert.AreEqual(HealthStatus.Unhealthy, (await Health(wrong)).Status);
        Assert.AreEqual(HealthStatus.Healthy, (await Health(right)).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_smaller_capture_lets_go_of_the_rest_and_is_paid_back_in_parts()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);

        var taken = await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, new(4000m, "RUB"), "A-1/capture/1"));
        Assert.AreEqual(new Money(4000m, "RUB"), taken.Amount);
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, new(1500m, "RUB"), "A-1/refund/1"));
        var tooMuch = await Reply<RefundPaymentHandler, RefundPayment, PaymentReturnRefused>(
            payments, new("A-1", held.PaymentId, new(2500.01m, "RUB"), "A-1/refund/2"));
        Assert.Contains("1500.00 RUB has gone back so far", tooMuch.Reason);
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, new(2500m, "RUB"), "A-1/refund/3"));

        var ledger = await Ledger(host);
        Assert.AreEqual(4000m, (decimal)ledger["captured"]!);
        Assert.AreEqual(4000m, (decimal)ledger["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_that_ended_by_itself_is_neither_taken_nor_refused_to_be_released()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        Assert.AreEqual(clock.GetUtcNow().AddDays(7), held.ExpiresAt);
        clock.Advance(TimeSpan.FromDays(8));

        var refused = await Reply<CapturePaymentHandler, CapturePayment, CaptureRefused>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(payments, new("A-1", held.PaymentId, "A-1/void/1"));

        Assert.AreEqual("the hold on the card ended before the payment was taken", refused.Reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hint_ends_each_step_whose_answer_was_lost_and_changes_nothing_else()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host, Single);
        foreach (var step in new[] { Calls.Hold, "/capture", Calls.Refund })
            host.Pull(new(System, LeverEffect.FailAfter, Call: step, Times: 1));

        await Lost<HoldPaymentHandler, HoldPayment>(payments, Hold);
        var id = (string)(await Ledger(host))["id"]!;
        var held = Assert.IsInstanceOfType<PaymentHeld>(Assert.ContainsSingle(await Hint(payments, id)));
        Assert.AreEqual((id, Price), (held.PaymentId, held.Amount));
        Assert.IsEmpty(await Hint(payments, id), "What was answered stays answered.");
        Assert.AreEqual(held, await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold));

        var capture = new CapturePayment("A-1", id, Price, "A-1/capture/1");
        await Lost<CapturePaymentHandler, CapturePayment>(payments, capture);
        Assert.AreEqual(new PaymentCaptured("A-1", id, Price), Assert.ContainsSingle(await Hint(payments, id)));

        await Lost<RefundPaymentHandler, RefundPayment>(payments, new("A-1", id, Price, "A-1/refund/1"));
        Assert.AreEqual(new PaymentRefunded("A-1", id, Price, "A-1/refund/1"), Assert.ContainsSingle(await Hint(payments, id)));
        for (var n = 0; n < 20; n++)
            Assert.IsEmpty(await Hint(payments, id));

        var ledger = await Ledger(host);
        Assert.AreEqual(4990m, (decimal)ledger["captured"]!);
        Assert.HasCount(1, ledger["refunds"]!.AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hint_tells_that_a_hold_is_gone_only_to_who_asked_about_that_hold()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var payments = Connect(host, Single);
        var old = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        host.Pull(new(System, LeverEffect.FailBefore, Call: "/capture", Times: 1));
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold with { OperationId = "A-1/hold/2" });
        await Lost<CapturePaymentHandler, CapturePayment>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));

        await CancelByHand(host, old.PaymentId);
        Assert.IsEmpty(await Hint(payments, old.PaymentId), "That was the hold before the last.");
        await CancelByHand(host, held.PaymentId);

        Assert.AreEqual("A-1", Assert.IsInstanceOfType<CaptureRefused>(Assert.ContainsSingle(await Hint(payments, held.PaymentId))).OrderId);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hint_at_a_payment_that_this_hub_did_not_make_is_of_no_interest()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var theirs = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(Connect(host, ("ConnectionStrings:Operations", $"Data Source=file:{Guid.NewGuid():N}?mode=memory&cache=shared")), Hold);

        Assert.IsEmpty(await Hint(Connect(host), theirs.PaymentId), "Another shop of the same account made it.");
        Assert.IsEmpty(await Hint(Connect(host), $"{theirs.PaymentId[..^4]}0000"), "Nobody made it.");
    }

    private protected async Task<IReadOnlyList<object>> Hint(IServiceProvider payments, string paymentId) =>
        (await Recording.Of<LookAtPaymentHandler, LookAtPayment>(payments, new(paymentId), test.CancellationToken)).Sent;

    Task Lost<THandler, TMessage>(IServiceProvider payments, TMessage message) where THandler : IHandleMessages<TMessage> =>
        Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<THandler, TMessage>(payments, message, test.CancellationToken));

    private protected ServiceProvider Connect(SandboxHost host, params (string Key, string? Value)[] settings) =>
        host.Connect(PaymentsEndpoint.AddServices, [("Payments:Provider", Provider), .. settings]);

    async Task<PaymentCaptured> Taken(IServiceProvider payments)
    {
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        return await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
    }

    /// <summary>The first attempt fails; another process gets the message again, and then once more.</summary>
    async Task<TReply> AfterFailure<THandler, TMessage, TReply>(SandboxHost host, (string, string?)[] settings, TMessage message)
        where THandler : IHandleMessages<TMessage>
    {
        var first = Connect(host, settings);
        var failure = await Assert.ThrowsAsync<Exception>(() => Recording.Of<THandler, TMessage>(first, message, test.CancellationToken));
        Assert.IsTrue(failure is HttpRequestException or TimeoutException, failure.ToString());

        var second = await Reply<THandler, TMessage, TReply>(Connect(host), message);
        Assert.AreEqual(second, await Reply<THandler, TMessage, TReply>(Connect(host), message));
        return second;
    }

    private protected async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider payments, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(payments, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }

    private protected async Task<JsonNode> Ledger(SandboxHost host) => Assert.ContainsSingle(await host.Documents(System, "A-1", test.CancellationToken))!;

    Task<HealthReport> Health(IServiceProvider services) => services.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken);
}

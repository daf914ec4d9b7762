using System.Globalization;
using System.Net;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Payments.Stripe;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class StripePaymentsTests(TestContext test) : PaymentProviderContract(test)
{
    static readonly (string, string?) Single = ("Payments:Stripe:Retries", "0");

    static readonly HoldPayment Hold = new("A-1", Price, "pm_card_visa", "A-1/hold/1");

    protected override string Provider => "Stripe";

    protected override string System => "stripe";

    protected override string SavedMethod => "pm_card_visa";

    protected override string[] UselessMethods => ["pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_authenticationRequired", "pm_attached_1", "stolen"];

    protected override (string Hold, string Refund) Calls => ("POST /stripe/v1/payment_intents", "POST /stripe/v1/refunds");

    protected override (string Reason, string Words) Withdrawal => ("any", "the hold on the card ended before the payment was taken");

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("pm_card_visa_chargeDeclinedInsufficientFunds", "there is not enough money on the card")]
    [DataRow("pm_card_visa_chargeDeclinedStolenCard", "the bank declined the payment")]
    [DataRow("pm_card_chargeDeclinedExpiredCard", "the card has expired")]
    [DataRow("pm_card_chargeDeclinedIncorrectCvc", "the card's number or code is not right")]
    [DataRow("pm_card_authenticationRequired", DeclineWords.AwaitsPayer)]
    [DataRow("pm_attached_1", "the saved payment method is no longer valid; please choose another one")]
    public async Task A_declined_card_tells_the_customer_why(string method, string words)
    {
        await using var host = await SandboxHost.Start(Cancellation);

        var declined = await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(Connect(host), Hold with { PaymentMethod = method });

        Assert.AreEqual(words, declined.Reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_decline_whose_answer_was_lost_for_a_day_is_still_a_decline()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(Cancellation, clock);
        var payments = Connect(host, Single);
        var broke = Hold with { PaymentMethod = "pm_card_visa_chargeDeclinedInsufficientFunds" };
        host.Pull(new("stripe", LeverEffect.FailAfter, Times: 1));
        await Fails(payments, broke);
        clock.Advance(TimeSpan.FromHours(30));

        var declined = await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(payments, broke);

        Assert.AreEqual("there is not enough money on the card", declined.Reason);
        await Ledger(host);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_refund_that_the_bank_returns_later_is_told_and_the_money_can_be_paid_back_once_more()
    {
        await using var host = await SandboxHost.Start(Cancellation);
        var payments = Connect(host);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
        await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        var part = new Money(500m, "RUB");
        foreach (var n in new[] { 1, 2 })
            await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, part, $"A-1/refund-part/{n}"));
        Assert.IsEmpty(await Hint(payments, held.PaymentId));

        using var people = new HttpClient();
        using var returned = await people.PostAsync(new Uri(host.Address, "control/stripe/orders/A-1/return-refund"), content: null, Cancellation);
        Assert.AreEqual(HttpStatusCode.OK, returned.StatusCode);

        var failed = new RefundFailed("A-1", held.PaymentId, part, "the card or wallet was closed", "A-1/refund-part/2");
        for (var n = 0; n < 2; n++) Assert.AreEqual(failed, Assert.ContainsSingle(await Hint(payments, held.PaymentId)));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, part, "A-1/refund-again/3"));
        Assert.AreEqual(1000m, (decimal)(await Ledger(host))["refunded"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_method_of_a_customer_is_named_with_him()
    {
        await using var host = await SandboxHost.Start(Cancellation);

        await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(Connect(host), Hold with { PaymentMethod = "cus_7/pm_attached_1" });

        Assert.AreEqual("cus_7", (string)(await Ledger(host))["customer"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("5000", "JPY", 5000L)]
    [DataRow("12.34", "KWD", 12340L)]
    [DataRow("500", "ISK", 50000L)]
    [DataRow("49.90", "EUR", 4990L)]
    public async Task Every_currency_is_held_taken_and_given_back_to_the_last_unit(string amount, string currency, long units)
    {
        await using var host = await SandboxHost.Start(Cancellation);
        var payments = Connect(host);
        var price = new Money(decimal.Parse(amount, CultureInfo.InvariantCulture), currency);

        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold with { Amount = price });
        var taken = await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, price, "A-1/capture/1"));
        var back = await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, price, "A-1/refund/1"));

        Assert.AreEqual((price, price, price), (held.Amount, taken.Amount, back.Amount));
        Assert.AreEqual(units, (long)(await Ledger(host))["received"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_amount_that_the_bank_cannot_settle_is_declined()
    {
        await using var host = await SandboxHost.Start(Cancellation);

        await Reply<HoldPaymentHandler, HoldPayment, PaymentDeclined>(Connect(host), Hold with { Amount = new(12.345m, "KWD") });
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("hold")]
    [DataRow("capture")]
    [DataRow("void")]
    [DataRow("refund")]
    public async Task An_error_that_Stripe_keeps_under_the_key_is_got_over_with_one_effect(string step)
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(Cancellation, clock);
        var payments = Connect(host, Single);
        async Task<TReply> GetOver<THandler, TMessage, TReply>(TMessage message, bool isMeant) where THandler : NServiceBus.IHandleMessages<TMessage>
        {
            if (isMeant)
            {
                host.Pull(new("stripe", LeverEffect.Refuse, Times: 1, Reason: "api_error"));
                await Fails<THandler, TMessage>(payments, message);

                // The kept error comes back; what it left behind may not show yet.
                await Fails<THandler, TMessage>(payments, message);
                clock.Advance(TimeSpan.FromMinutes(1));
            }

            return await Reply<THandler, TMessage, TReply>(payments, message);
        }

        var held = await GetOver<HoldPaymentHandler, HoldPayment, PaymentHeld>(Hold, step == "hold");
        if (step == "void")
        {
            await GetOver<VoidPaymentHandler, VoidPayment, PaymentVoided>(new("A-1", held.PaymentId, "A-1/void/1"), true);
        }
        else
        {
            await GetOver<CapturePaymentHandler, CapturePayment, PaymentCaptured>(new("A-1", held.PaymentId, Price, "A-1/capture/1"), step == "capture");
            await GetOver<RefundPaymentHandler, RefundPayment, PaymentRefunded>(new("A-1", held.PaymentId, Price, "A-1/refund/1"), step == "refund");
        }

        var ledger = await Ledger(host);
        Assert.AreEqual(step == "void" ? 0m : 4990m, (decimal)ledger["refunded"]!);
        Assert.ContainsSingle(ledger["keys"]!.AsArray().Where(key => ((string)key!).EndsWith("#2", StringComparison.Ordinal)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Too_many_requests_are_repeated_when_Stripe_says_so()
    {
        await using var host = await SandboxHost.Start(Cancellation);
        host.Pull(new("stripe", LeverEffect.Refuse, Times: 1, Reason: "rate_limit"));
        await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(Connect(host), Hold);

        host.Pull(new("stripe", LeverEffect.Refuse, Reason: "rate_limit"));
        var failure = await Fails(Connect(host), Hold with { OrderId = "A-2", OperationId = "A-2/hold/1" });

        Assert.AreEqual(HttpStatusCode.TooManyRequests, failure.StatusCode);
        Assert.HasCount(1, await host.Documents("stripe", null, Cancellation));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Of_two_who_ask_at_once_one_comes_again_and_hears_the_same()
    {
        await using var host = await SandboxHost.Start(Cancellation, null, ("Sandbox:StripeCall", "00:00:02"));

        var (one, other) = (Insist(Connect(host)), Insist(Connect(host)));

        Assert.AreEqual(await one, await other);
        Assert.HasCount(1, await host.Documents("stripe", null, Cancellation));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_key_that_was_used_for_something_else_goes_to_a_person()
    {
        await using var host = await SandboxHost.Start(Cancellation);
        await ByHand(host, "payment_intents", Hold.OperationId, ("amount", "100"), ("currency", "rub"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() => Recording.Of<HoldPaymentHandler, HoldPayment>(Connect(host), Hold, Cancellation));

        Assert.Contains("idempotency key", rejected.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Missing_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(Cancellation);
        var payments = Connect(host, ("Payments:Stripe:SecretKey", ""), ("Payments:Stripe:BaseAddress", "nowhere"));

        var faults = Assert.ThrowsExactly<OptionsValidationException>(() => payments.GetRequiredService<IOptions<StripeOptions>>().Value).Failures;

        foreach (var key in new[] { "SecretKey", "BaseAddress" })
            Assert.ContainsSingle(faults.Where(fault => fault.StartsWith($"Payments:Stripe:{key} ", StringComparison.Ordinal)));
    }

    private protected override Task CancelByHand(SandboxHost host, string paymentId) => ByHand(host, $"payment_intents/{paymentId}/cancel", null);

    private protected override Task CaptureByHand(SandboxHost host, string paymentId, Money amount) =>
        ByHand(host, $"payment_intents/{paymentId}/capture", null, ("amount_to_capture", $"{amount.Amount * 100:F0}"));

    private protected override Task RefundByHand(SandboxHost host, string paymentId, Money amount) =>
        ByHand(host, "refunds", null, ("payment_intent", paymentId), ("amount", $"{amount.Amount * 100:F0}"));

    /// <summary>Somebody does it in the account at the provider.</summary>
    async Task ByHand(SandboxHost host, string path, string? key, params (string Name, string Value)[] form)
    {
        using var account = new HttpClient { BaseAddress = new Uri(host.Address, "stripe/v1/") };
        account.DefaultRequestHeaders.Authorization = new("Bearer", "sk_test_sandbox");
        account.DefaultRequestHeaders.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        using var fields = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await account.PostAsync(path, fields, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Asks again as the bus does, as long as the other is being answered.</summary>
    async Task<PaymentHeld> Insist(IServiceProvider payments)
    {
        while (true)
        {
            try
            {
                return await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, Hold);
            }
            catch (HttpRequestException busy) when (busy.StatusCode == HttpStatusCode.Conflict)
            {
                Cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    Task<HttpRequestException> Fails(IServiceProvider payments, HoldPayment command) => Fails<HoldPaymentHandler, HoldPayment>(payments, command);

    Task<HttpRequestException> Fails<THandler, TMessage>(IServiceProvider payments, TMessage message) where THandler : NServiceBus.IHandleMessages<TMessage> =>
        Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<THandler, TMessage>(payments, message, Cancellation));
}

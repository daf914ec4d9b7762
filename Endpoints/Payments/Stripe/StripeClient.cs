using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Payments.Stripe;

/// <summary>Stripe's payment intents, captured by hand, with saved methods, and refunds.</summary>
/// <remarks>The payment method is <c>pm_…</c>, or <c>cus_…/pm_…</c> where it is attached to a customer, whom Stripe wants named then.</remarks>
sealed class StripeClient(HttpClient http, TimeProvider time) : IPaymentProvider
{
    public const string System = "Stripe";

    // Our clock and Stripe's need not agree to the second.
    static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    // The charge tells until when the hold stands and what has gone back.
    static readonly (string Name, string Value) WithCharge = ("expand[0]", "latest_charge");

    readonly StripeCalls _calls = new(http, time);

    public string Name => System;

    public bool Owns(string paymentId) => paymentId.StartsWith("pi_", StringComparison.Ordinal);

    public async Task<Answer<Payment>> Hold(HoldPayment command, DateTimeOffset firstCall, CancellationToken cancellation)
    {
        var (intent, error) = await _calls.Post<StripeIntent>(
            "payment_intents",
            [
                ("amount", StripeAmount.Of(command.Amount)),
                ("currency", command.Amount.Currency.ToLowerInvariant()),
                ("capture_method", "manual"),
                ("confirm", "true"),

                // The customer is not there: a bank that wants to ask him declines instead of waiting.
                ("off_session", "true"),
                .. Method(command.PaymentMethod),
                ("payment_method_types[0]", "card"),
                ("description", $"Order {command.OrderId}"),
                .. Metadata(command.OrderId, command.OperationId),
                WithCharge,
            ],
            command.OperationId, firstCall, () => SearchIntent(command.OperationId, firstCall, cancellation), cancellation);

        // A declined card leaves an intent behind, which tells why.
        return Answer(intent ?? error?.PaymentIntent, error);
    }

    public async Task<Answer<Payment>> Capture(CapturePayment command, DateTimeOffset firstCall, CancellationToken cancellation)
    {
        var (intent, error) = await _calls.Post<StripeIntent>(
            $"{PathOf(command.PaymentId)}/capture", [("amount_to_capture", StripeAmount.Of(command.Amount)), WithCharge],
            command.OperationId, firstCall, () => Ended(command.PaymentId, cancellation), cancellation);
        return Answer(intent, error);
    }

    public async Task<Answer<Payment>> Cancel(VoidPayment command, DateTimeOffset firstCall, CancellationToken cancellation)
    {
        var (intent, error) = await _calls.Post<StripeIntent>(
            $"{PathOf(command.PaymentId)}/cancel", [WithCharge],
            command.OperationId, firstCall, () => Ended(command.PaymentId, cancellation), cancellation);
        return Answer(intent, error);
    }

    public async Task<Answer<Refund>> Refund(RefundPayment command, DateTimeOffset firstCall, CancellationToken cancellation)
    {
        var (refund, error) = await _calls.Post<StripeRefund>(
            "refunds",
            [("payment_intent", command.PaymentId), ("amount", StripeAmount.Of(command.Amount)), .. Metadata(command.OrderId, command.OperationId)],
            command.OperationId, firstCall, () => SearchRefund(command.PaymentId, command.OperationId, cancellation), cancellation);
        return refund is null ? new(null, error!.ToRefusal()) : new(refund.ToRefund());
    }

    public async Task<Payment> Find(string paymentId, CancellationToken cancellation) => (await Intent(paymentId, cancellation)).ToPayment();

    public async Task<Payment?> Look(string paymentId, CancellationToken cancellation) =>
        (await _calls.Get<StripeIntent>(PathWithCharge(paymentId), cancellation))?.ToPayment();

    public async Task<Refund> FindRefund(string refundId, CancellationToken cancellation) =>
        (await _calls.Get<StripeRefund>($"refunds/{Uri.EscapeDataString(refundId)}", cancellation))?.ToRefund() ?? throw new RejectedException(
            $"{System} does not know refund {refundId}, which it named itself. Look at the payment in the account before money is given back by hand.");

    public async Task<Payment?> FindPayment(string operationId, DateTimeOffset firstCall, CancellationToken cancellation) =>
        (await SearchIntent(operationId, firstCall, cancellation))?.ToPayment();

    public async Task<Refund?> FindRefund(string paymentId, string operationId, CancellationToken cancellation) =>
        (await SearchRefund(paymentId, operationId, cancellation))?.ToRefund();

    public async Task Check(CancellationToken cancellation) =>
        _ = await _calls.Get<StripeList<StripeIntent>>("payment_intents?limit=1", cancellation) ?? throw new RejectedException(
            $"{System} answers, but knows no payment intents there. Check Payments:Stripe:BaseAddress; it ends with /v1.");

    async Task<StripeIntent> Intent(string paymentId, CancellationToken cancellation) =>
        await _calls.Get<StripeIntent>(PathWithCharge(paymentId), cancellation) ?? throw new RejectedException(
            $"{System} does not know payment {paymentId}. It was made with another account's key, or in test mode and asked for in live mode: " +
            "compare Payments:Stripe:SecretKey with the account in which the payment was made, then retry the message.");

    async Task<StripeIntent?> Ended(string paymentId, CancellationToken cancellation) =>
        await Intent(paymentId, cancellation) is { Status: not "requires_capture" } ended ? ended : null;

    // The list is exact. Stripe's search by metadata would be one call, but its index lags behind: what it does not find may be there.
    async Task<StripeIntent?> SearchIntent(string operationId, DateTimeOffset firstCall, CancellationToken cancellation)
    {
        var (from, to) = ((firstCall - ClockTolerance).ToUnixTimeSeconds(), (time.GetUtcNow() + ClockTolerance).ToUnixTimeSeconds());
        var found = await Search<StripeIntent>(
            $"payment_intents?limit=100&created[gte]={from}&created[lte]={to}", intent => intent.Id, intent => IsOf(intent.Metadata, operationId), cancellation);
        return found is null ? null : await Intent(found.Id, cancellation);
    }

    Task<StripeRefund?> SearchRefund(string paymentId, string operationId, CancellationToken cancellation) => Search<StripeRefund>(
        $"refunds?limit=100&payment_intent={Uri.EscapeDataString(paymentId)}", refund => refund.Id, refund => IsOf(refund.Metadata, operationId), cancellation);

    async Task<T?> Search<T>(string path, Func<T, string> id, Func<T, bool> isIt, CancellationToken cancellation) where T : class
    {
        for (string? last = null; ;)
        {
            var page = await _calls.Get<StripeList<T>>(last is null ? path : $"{path}&starting_after={last}", cancellation)
                ?? throw new RejectedException($"{System} refused to list '{path}'. Nothing was sent; the search must be mended before the message is retried.");
            if (page.Data.FirstOrDefault(isIt) is { } found)
                return found;
            if (!page.HasMore || page.Data.Count == 0)
                return null;
            last = id(page.Data[^1]);
        }
    }

    static Answer<Payment> Answer(StripeIntent? intent, StripeError? error) => intent is null ? new(null, error!.ToRefusal()) : new(intent.ToPayment());

    static string PathOf(string paymentId) => $"payment_intents/{Uri.EscapeDataString(paymentId)}";

    static string PathWithCharge(string paymentId) => $"{PathOf(paymentId)}?{WithCharge.Name}={WithCharge.Value}";

    static IEnumerable<(string, string)> Method(string saved) => saved.Split('/') is [var customer, var method]
        ? [("customer", customer), ("payment_method", method)]
        : [("payment_method", saved)];

    static IEnumerable<(string, string)> Metadata(string orderId, string operationId) =>
        [("metadata[orderId]", orderId), ("metadata[operationId]", operationId)];

    static bool IsOf(IReadOnlyDictionary<string, string>? metadata, string operationId) => metadata?.GetValueOrDefault("operationId") == operationId;
}

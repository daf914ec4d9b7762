using System.Text.Json;
using Dovetail.Endpoints.Sandbox.Webhooks;

namespace Dovetail.Endpoints.Sandbox.YooKassa;

/// <summary>Payments and refunds with their state machine; time passes when somebody looks.</summary>
/// <remarks>pending → waiting_for_capture → succeeded, or canceled from the first two. The caller holds the lock.</remarks>
sealed class YooKassaBook(SandboxLedger ledger, WebhookPost post, TimeProvider time, SandboxOptions options)
{
    public const string System = "yookassa";

    /// <summary>How long the payer has to confirm.</summary>
    static readonly TimeSpan ConfirmationExpiry = TimeSpan.FromHours(1);

    public SandboxPayment? Find(string id) => ledger.Find<SandboxPayment>(System, id) is { } payment ? AsOfNow(payment) : null;

    /// <summary>Newest first.</summary>
    public IEnumerable<SandboxPayment> All() => ledger.All<SandboxPayment>(System).Select(AsOfNow).Reverse();

    public SandboxPayment Create(CreatePayment request, string key, string? refusal)
    {
        var amount = YooKassaWire.Read(request.Amount);
        if (request.PaymentMethodId is { } method && !method.StartsWith("pm-", StringComparison.Ordinal))
            throw new InvalidRequest("the payment method does not exist, or it was not saved in this shop", "payment_method_id");

        var now = time.GetUtcNow();
        var metadata = request.Metadata ?? new Dictionary<string, string>();
        var payment = new SandboxPayment(
            NewId(), metadata.GetValueOrDefault("orderId"), "pending", amount, request.Amount!.Currency!, now, request.Description, metadata,
            request.PaymentMethodId)
        {
            Keys = [key], Receipt = YooKassaReceipts.Read(request.Receipt, amount, request.Amount.Currency!, isRequired: options.YooKassaWantsReceipts),
        };

        var declined = refusal ?? (request.PaymentMethodId == "pm-declined" ? "insufficient_funds" : null);
        return Save(
            declined is not null ? Canceled(payment, "payment_network", declined)
            : request.PaymentMethodId is null or "pm-3ds" ? payment
            : request.Capture == true ? payment with { Status = "succeeded", Captured = amount, CapturedAt = now }
            : payment with { Status = "waiting_for_capture", ExpiresAt = now + options.Paced(options.HoldExpiry) });
    }

    /// <param name="refusal">Why the bank gives the held money back instead; the payment is canceled then.</param>
    public SandboxPayment Capture(SandboxPayment payment, ConfirmPayment request, string key, string? refusal)
    {
        DemandHold(payment, "captured");
        var amount = request.Amount is null ? payment.Amount : YooKassaWire.Read(request.Amount);
        if (request.Amount is { } asked && asked.Currency != payment.Currency)
            throw new InvalidRequest("the currency is not the payment's", "amount.currency");
        if (amount > payment.Amount)
            throw new InvalidRequest("the amount is more than was held", "amount.value");


        // The receipt that came with the hold stands for all of it; of less it would not be true.
        var receipt = YooKassaReceipts.Read(request.Receipt, amount, payment.Currency, isRequired: options.YooKassaWantsReceipts && amount < payment.Amount);
        var answered = refusal is null
            ? payment with { Status = "succeeded", Captured = amount, CapturedAt = time.GetUtcNow(), Receipt = receipt ?? payment.Receipt }
            : Canceled(payment, "payment_network", refusal);
        return Save(answered with { Keys = [.. payment.Keys, key] });
    }

    public SandboxPayment Cancel(SandboxPayment payment, string key)
    {
        DemandHold(payment, "canceled");
        return Save(Canceled(payment, "merchant", "canceled_by_merchant") with { Keys = [.. payment.Keys, key] });
    }

    public SandboxRefund Refund(SandboxPayment payment, CreateRefund request, string key, string? refusal)
    {
        var amount = YooKassaWire.Read(request.Amount);
        if (payment.Status != "succeeded")
            throw new InvalidRequest($"a payment with status {payment.Status} can't be refunded", "payment_id");
        if (request.Amount!.Currency != payment.Currency)
            throw new InvalidRequest("the currency is not the payment's", "amount.currency");
        if (payment.Refunded + amount > payment.Captured)
            throw new InvalidRequest("the amount is more than is left of the payment", "amount.value");

        var refund = new SandboxRefund(
            NewId(), payment.Id, refusal is null ? "succeeded" : "canceled", amount, payment.Currency, time.GetUtcNow(), request.Description,
            request.Metadata ?? new Dictionary<string, string>(), refusal is null ? null : new("refund_network", refusal),
            YooKassaReceipts.Read(request.Receipt, amount, payment.Currency, isRequired: options.YooKassaWantsReceipts && amount < payment.Captured));
        Save(payment with { Refunds = [.. payment.Refunds, refund], Keys = [.. payment.Keys, key] });
        if (refund.Status == "succeeded")
            Tell("refund.succeeded", YooKassaWire.Refund(refund));
        return refund;
    }

    SandboxPayment AsOfNow(SandboxPayment payment) => payment.Status switch
    {
        "waiting_for_capture" when time.GetUtcNow() >= payment.ExpiresAt => Save(Canceled(payment, "yoo_money", "expired_on_capture")),
        "pending" when time.GetUtcNow() >= payment.CreatedAt + ConfirmationExpiry => Save(Canceled(payment, "yoo_money", "expired_on_confirmation")),
        _ => payment,
    };

    SandboxPayment Save(SandboxPayment payment)
    {
        var before = ledger.Find<SandboxPayment>(System, payment.Id)?.Status;
        ledger.Save(System, payment.Id, payment);
        if (payment.Status != before && payment.Status != "pending")
            Tell($"payment.{payment.Status}", YooKassaWire.Payment(payment));
        return payment;
    }

    void Tell(string what, object about) => post.Send(
        System, what, NewId(), JsonSerializer.Serialize(new { Type = "notification", Event = what, Object = about }, YooKassaWire.Json));

    static SandboxPayment Canceled(SandboxPayment payment, string party, string reason) =>
        payment with { Status = "canceled", ExpiresAt = null, Cancellation = new(party, reason) };

    static void DemandHold(SandboxPayment payment, string what)
    {
        if (payment.Status != "waiting_for_capture")
            throw new InvalidRequest($"a payment with status {payment.Status} can't be {what}", "payment_id");
    }

    static string NewId() => Guid.NewGuid().ToString();
}

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>Payment intents and refunds with their state machine; time passes when somebody looks.</summary>
/// <remarks>
/// requires_payment_method → requires_confirmation → requires_action → requires_capture → succeeded; canceled from all but the last.
/// A declined card leads back to requires_payment_method. The caller holds the lock.
/// </remarks>
sealed class StripeBook(SandboxLedger ledger, StripeEvents events, TimeProvider time, TimeSpan holdExpiry)
{
    public const string System = "stripe";

    public SandboxIntent Find(string id) => ledger.Find<SandboxIntent>(System, id) is { } intent ? AsOfNow(intent) : throw StripeRefusal.Missing("payment_intent", id);

    /// <summary>Newest first.</summary>
    public IEnumerable<SandboxIntent> All() => ledger.All<SandboxIntent>(System).Select(AsOfNow).Reverse();

    public IEnumerable<SandboxStripeRefund> Refunds() => All().SelectMany(intent => intent.Refunds).OrderByDescending(refund => refund.CreatedAt);

    public SandboxIntent Create(StripeForm form, string key, string? refusal)
    {
        var currency = StripeCurrency.Read(form.Required("currency"));
        var amount = StripeCurrency.Read(form.Number("amount") ?? throw new StripeRefusal("Missing required param: amount.") { Code = "parameter_missing", Param = "amount" }, currency, "amount");
        var metadata = form.Map("metadata");
        var intent = new SandboxIntent(
            NewId("pi"), metadata.GetValueOrDefault("orderId"), "requires_payment_method", amount, currency,
            form.OneOf("capture_method", "automatic", "automatic_async", "manual") ?? "automatic_async", time.GetUtcNow(), metadata)
        {
            Description = form.Text("description"), Customer = form.Text("customer"), ReturnUrl = form.Text("return_url"), Keys = [key],
            PaymentMethod = StripeCards.Read(form.Text("payment_method"), form.Text("customer")),
        };
        intent = intent.PaymentMethod is null ? intent : intent with { Status = "requires_confirmation" };
        if (form.Flag("confirm") == true && intent.PaymentMethod is null)
            throw new StripeRefusal("You cannot confirm this PaymentIntent because it's missing a payment method.") { Code = "payment_intent_unexpected_state" };

        events.Add("payment_intent.created", StripeWire.Intent(intent), key);
        return form.Flag("confirm") == true ? Charge(intent, form.Flag("off_session") == true, key, refusal) : Save(intent);
    }

    public SandboxIntent Confirm(SandboxIntent intent, StripeForm form, string key, string? refusal)
    {
        if (intent.Status is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
            throw StripeRefusal.State(intent, "confirmed");

        var method = StripeCards.Read(form.Text("payment_method"), intent.Customer) ?? intent.PaymentMethod
            ?? throw new StripeRefusal("You cannot confirm this PaymentIntent because it's missing a payment method.") { Code = "payment_intent_unexpected_state" };
        return Charge(
            intent with { PaymentMethod = method, ReturnUrl = form.Text("return_url") ?? intent.ReturnUrl, Keys = [.. intent.Keys, key] },
            form.Flag("off_session") == true, key, refusal);
    }

    /// <param name="refusal">Why the bank gives the held money back instead; the intent is canceled then.</param>
    public SandboxIntent Capture(SandboxIntent intent, StripeForm form, string key, string? refusal)
    {
        if (intent.Status != "requires_capture")
            throw StripeRefusal.State(intent, "captured");

        var amount = StripeCurrency.Read(form.Number("amount_to_capture") ?? intent.Amount, intent.Currency, "amount_to_capture");
        if (amount > intent.Amount)
            throw new StripeRefusal($"The amount to capture is more than the {intent.Amount} that can be captured.") { Code = "amount_too_large", Param = "amount_to_capture", IsKept = true };
        if (refusal is not null)
        {
            Save(Canceled(intent, "expired") with { Keys = [.. intent.Keys, key] }, key, "charge.expired", "payment_intent.canceled");
            throw new StripeRefusal("The charge cannot be captured: its authorization has expired.") { Code = "charge_expired_for_capture", IsKept = true };
        }

        return Save(intent with { Status = "succeeded", Received = amount, Keys = [.. intent.Keys, key] }, key, "charge.captured", "payment_intent.succeeded");
    }

    public SandboxIntent Cancel(SandboxIntent intent, StripeForm form, string key, string? refusal)
    {
        var reason = form.OneOf("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned");
        if (refusal is not null)
            throw new StripeRefusal(refusal) { IsKept = true };
        if (intent.Status is "succeeded" or "canceled" or "processing")
            throw StripeRefusal.State(intent, "canceled");

        return Save(Canceled(intent, reason) with { Keys = [.. intent.Keys, key] }, key, "payment_intent.canceled");
    }

    public SandboxStripeRefund Refund(StripeForm form, string key, string? refusal)
    {
        var intent = form.Text("charge") is { } charge
            ? All().FirstOrDefault(known => known.Charge?.Id == charge) ?? throw StripeRefusal.Missing("charge", charge, param: "charge")
            : Find(form.Text("payment_intent") ?? throw new StripeRefusal("One of the following params should be provided for this request: payment_intent or charge."));
        if (intent.Status != "succeeded")
            throw new StripeRefusal($"This PaymentIntent ({intent.Id}) does not have a successful charge to refund.") { IsKept = true };

        var left = intent.Received - intent.GivenBack;
        var amount = form.Number("amount") is { } asked ? StripeCurrency.Read(asked, intent.Currency, "amount") : left;
        if (left == 0)
            throw new StripeRefusal($"Charge {intent.Charge!.Id} has already been refunded.") { Code = "charge_already_refunded", IsKept = true };
        if (amount > left)
            throw new StripeRefusal($"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})") { Param = "amount", IsKept = true };

        var refund = new SandboxStripeRefund(
            NewId("re"), intent.Id, intent.Charge!.Id, refusal is null ? "succeeded" : "failed", amount, intent.Currency, time.GetUtcNow(),
            form.OneOf("reason", "duplicate", "fraudulent", "requested_by_customer"), refusal, form.Map("metadata"));
        Save(intent with { Refunds = [.. intent.Refunds, refund], Keys = [.. intent.Keys, key] }, key, refusal is null ? ["charge.refunded"] : []);
        events.Add("refund.created", StripeWire.Refund(refund), key);
        if (refusal is not null)
            events.Add("refund.failed", StripeWire.Refund(refund), key);
        return refund;
    }

    /// <summary>The customer's bank returns what was paid back last, which may be days later.</summary>
    public SandboxStripeRefund? ReturnRefund(string orderId, string reason)
    {
        if (All().FirstOrDefault(intent => intent.OrderId == orderId && intent.Refunds.Any(refund => refund.Status == "succeeded")) is not { } intent) return null;
        var returned = intent.Refunds.Last(refund => refund.Status == "succeeded") with { Status = "failed", FailureReason = reason };
        Save(intent with { Refunds = [.. intent.Refunds.Select(refund => refund.Id == returned.Id ? returned : refund)] });
        foreach (var type in new[] { "refund.failed", "refund.updated", "charge.refund.updated" }) events.Add(type, StripeWire.Refund(returned), key: null);
        return returned;
    }

    SandboxIntent Charge(SandboxIntent intent, bool unattended, string key, string? refusal)
    {
        var wantsPayer = intent.PaymentMethod == StripeCards.WantsPayer && refusal is null;
        if (wantsPayer && !unattended)
            return Save(intent with { Status = "requires_action", LastError = null }, key, "payment_intent.requires_action");

        var now = time.GetUtcNow();
        if ((wantsPayer ? StripeCards.Unattended : StripeCards.Decline(intent.PaymentMethod!, refusal)) is { } error)
        {
            throw StripeRefusal.Declined(Save(
                intent with { Status = "requires_payment_method", LastError = error, Charge = new(NewId("ch"), false, now, null) },
                key, "charge.failed", "payment_intent.payment_failed"));
        }

        var manual = intent.CaptureMethod == "manual";
        var charged = intent with { LastError = null, Charge = new(NewId("ch"), true, now, manual ? now + holdExpiry : null) };
        return manual
            ? Save(charged with { Status = "requires_capture" }, key, "charge.succeeded", "payment_intent.amount_capturable_updated")
            : Save(charged with { Status = "succeeded", Received = intent.Amount }, key, "charge.succeeded", "payment_intent.succeeded");
    }

    SandboxIntent AsOfNow(SandboxIntent intent) => intent.Status == "requires_capture" && time.GetUtcNow() >= intent.Charge!.CaptureBefore
        ? Save(Canceled(intent, "automatic"), null, "charge.expired", "payment_intent.canceled")
        : intent;

    SandboxIntent Canceled(SandboxIntent intent, string? reason) =>
        intent with { Status = "canceled", CanceledAt = time.GetUtcNow(), CancellationReason = reason };

    SandboxIntent Save(SandboxIntent intent, string? key = null, params ReadOnlySpan<string> told)
    {
        ledger.Save(System, intent.Id, intent);
        foreach (var type in told)
            events.Add(type, type.StartsWith("charge.", StringComparison.Ordinal) ? StripeWire.Charge(intent)! : StripeWire.Intent(intent), key);
        return intent;
    }

    static string NewId(string kind) => $"{kind}_{Guid.NewGuid():N}";
}

using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;

namespace Dovetail.Sagas.Tests;

/// <summary>The payment provider: what is held, taken and given back of each payment.</summary>
sealed class Bank(TimeProvider time, Action<bool, string> complain)
{
    readonly Dictionary<string, DateTimeOffset> _ends = [];
    readonly Dictionary<string, (decimal Held, decimal Taken, decimal Returned)> _payments = [];

    public decimal Held => _payments.Keys.Sum(id => HasLapsed(id) ? 0 : _payments[id].Held);

    /// <summary>A hold ended by itself.</summary>
    public bool AnyHasLapsed => _payments.Keys.Any(HasLapsed);

    public decimal Taken => _payments.Values.Sum(payment => payment.Taken);

    public decimal Returned => _payments.Values.Sum(payment => payment.Returned);

    /// <summary>What of it was given back in parts.</summary>
    public decimal Parts { get; private set; }

    /// <summary>What was given back and did not arrive, and has not been given back by another way yet.</summary>
    public decimal CameBack { get; private set; }

    /// <summary>Somebody takes held money by hand before its hold is to be released.</summary>
    public bool IsTakenByHand { get; set; }

    /// <summary>So much somebody takes by hand before it is to be taken.</summary>
    public decimal? TakenByHand { get; set; }

    /// <summary>How long a hold stands; null for ever.</summary>
    public TimeSpan? HoldsFor { get; set; }

    public object Hold(HoldPayment hold, bool no)
    {
        if (no) return new PaymentDeclined(hold.OrderId, "insufficient funds", hold.OperationId);
        var id = $"pay-{_payments.Count + 1}";
        _payments[id] = (hold.Amount.Amount, 0, 0);
        var until = time.GetUtcNow() + HoldsFor;
        if (until is { } end) _ends[id] = end;
        return new PaymentHeld(hold.OrderId, id, hold.Amount, until, hold.OperationId);
    }

    public object Release(VoidPayment release)
    {
        var (held, taken, returned) = Payment(release.PaymentId);
        if (HasLapsed(release.PaymentId)) return new PaymentVoided(release.OrderId, release.PaymentId);
        complain(held == 0, $"voided {release.PaymentId}, of which nothing was held");
        _payments[release.PaymentId] = (0, taken + (IsTakenByHand ? held : 0), returned);
        return IsTakenByHand ? new PaymentCaptured(release.OrderId, release.PaymentId, Rub(held)) : new PaymentVoided(release.OrderId, release.PaymentId);
    }

    public object Take(CapturePayment capture, bool no)
    {
        var (held, taken, returned) = Payment(capture.PaymentId);
        if (HasLapsed(capture.PaymentId)) return new CaptureRefused(capture.OrderId, capture.PaymentId, "the hold had ended");
        complain(TakenByHand is null && (capture.Amount.Amount > held || taken > 0), $"captured {capture.Amount} of {held} held in {capture.PaymentId}");
        if (taken > 0) return new PaymentCaptured(capture.OrderId, capture.PaymentId, capture.Amount with { Amount = taken });
        var amount = capture.Amount with { Amount = TakenByHand ?? (IsTakenByHand ? held : capture.Amount.Amount) };
        _payments[capture.PaymentId] = (0, taken + (no ? 0 : amount.Amount), returned);
        return no ? new CaptureRefused(capture.OrderId, capture.PaymentId, "the hold had ended") : new PaymentCaptured(capture.OrderId, capture.PaymentId, amount);
    }

    public object GiveBack(RefundPayment refund)
    {
        var (held, taken, returned) = Payment(refund.PaymentId);
        if (returned + refund.Amount.Amount > taken) return new PaymentReturnRefused(refund.OrderId, refund.PaymentId, "not so much was taken", refund.OperationId);
        _payments[refund.PaymentId] = (held, taken, returned + refund.Amount.Amount);
        if (refund.OperationId.Contains("/refund-part/", StringComparison.Ordinal)) Parts += refund.Amount.Amount;
        if (refund.OperationId.Contains("/refund-again/", StringComparison.Ordinal)) CameBack -= refund.Amount.Amount;
        return new PaymentRefunded(refund.OrderId, refund.PaymentId, refund.Amount, refund.OperationId);
    }

    /// <summary>The customer's bank returns it.</summary>
    public RefundFailed Return(RefundPayment refund)
    {
        var (held, taken, returned) = Payment(refund.PaymentId);
        _payments[refund.PaymentId] = (held, taken, returned - refund.Amount.Amount);
        CameBack += refund.Amount.Amount;
        return new(refund.OrderId, refund.PaymentId, refund.Amount, "the card was closed", refund.OperationId);
    }

    bool HasLapsed(string id) => _ends.TryGetValue(id, out var end) && end <= time.GetUtcNow() && _payments[id] is { Held: > 0, Taken: 0 };

    (decimal Held, decimal Taken, decimal Returned) Payment(string id)
    {
        complain(!_payments.ContainsKey(id), $"there is no payment '{id}'");
        return _payments.GetValueOrDefault(id);
    }

    static Money Rub(decimal amount) => new(amount, "RUB");
}

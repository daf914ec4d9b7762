using System.Text.Json;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>The shapes that go over the wire, in the vendor's spelling.</summary>
static class StripeWire
{
    public const string Version = "2026-10-28.endive";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static object Intent(SandboxIntent intent, bool withCharge = false) => new
    {
        intent.Id,
        Object = "payment_intent",
        intent.Amount,
        AmountCapturable = intent.Status == "requires_capture" ? intent.Amount : 0,
        AmountReceived = intent.Received,
        CanceledAt = intent.CanceledAt?.ToUnixTimeSeconds(),
        intent.CancellationReason,
        intent.CaptureMethod,
        ClientSecret = $"{intent.Id}_secret_sandbox",
        ConfirmationMethod = "automatic",
        Created = intent.CreatedAt.ToUnixTimeSeconds(),
        intent.Currency,
        intent.Customer,
        intent.Description,
        LastPaymentError = intent.LastError is not { } error ? null : new
        {
            Charge = intent.Charge?.Id, error.Code, error.DeclineCode, error.Message,
            PaymentMethod = new { Id = intent.PaymentMethod, Object = "payment_method", Type = "card" }, Type = "card_error",
        },
        LatestCharge = withCharge ? Charge(intent) : intent.Charge?.Id,
        Livemode = false,
        intent.Metadata,
        NextAction = intent.Status != "requires_action" ? null : new
        {
            Type = "redirect_to_url",
            RedirectToUrl = new { Url = $"https://hooks.stripe.example/3d_secure/{intent.Id}", intent.ReturnUrl },
        },
        intent.PaymentMethod,
        PaymentMethodTypes = new[] { "card" },
        ReceiptEmail = (string?)null,
        intent.Status,
    };

    public static object? Charge(SandboxIntent intent)
    {
        if (intent.Charge is not { } charge)
            return null;

        // What a smaller capture or a cancellation lets go of is counted as refunded.
        var released = intent.Status switch { "canceled" => intent.Amount, "succeeded" => intent.Amount - intent.Received, _ => 0 };
        return new
        {
            charge.Id,
            Object = "charge",
            intent.Amount,
            AmountCaptured = intent.Received,
            AmountRefunded = charge.Succeeded ? released + intent.GivenBack : 0,
            Captured = intent.Status == "succeeded",
            Created = charge.CreatedAt.ToUnixTimeSeconds(),
            intent.Currency,
            FailureCode = charge.Succeeded ? null : intent.LastError?.Code,
            FailureMessage = charge.Succeeded ? null : intent.LastError?.Message,
            Livemode = false,
            intent.Metadata,
            Paid = charge.Succeeded,
            PaymentIntent = intent.Id,
            intent.PaymentMethod,
            PaymentMethodDetails = new
            {
                Type = "card",
                Card = new { Brand = "visa", Last4 = "4242", ExpMonth = 12, ExpYear = 2034, CaptureBefore = charge.CaptureBefore?.ToUnixTimeSeconds() },
            },
            Refunded = charge.Succeeded && released + intent.GivenBack == intent.Amount,
            Status = charge.Succeeded ? "succeeded" : "failed",
        };
    }

    public static object Refund(SandboxStripeRefund refund) => new
    {
        refund.Id,
        Object = "refund",
        refund.Amount,
        refund.Charge,
        Created = refund.CreatedAt.ToUnixTimeSeconds(),
        refund.Currency,
        refund.FailureReason,
        refund.Metadata,
        refund.PaymentIntent,
        refund.Reason,
        refund.Status,
    };

    public static object Error(StripeRefusal refusal, string requestId) => new
    {
        Error = new Dictionary<string, object?>
        {
            ["type"] = refusal.Type,
            ["code"] = refusal.Code,
            ["decline_code"] = refusal.DeclineCode,
            ["message"] = refusal.Message,
            ["param"] = refusal.Param,
            ["charge"] = refusal.DeclineCode is null ? null : refusal.Intent?.Charge?.Id,
            ["payment_intent"] = refusal.Intent is null ? null : Intent(refusal.Intent),
            ["request_log_url"] = $"https://dashboard.stripe.example/logs/{requestId}",
            ["doc_url"] = refusal.Code is null ? null : $"https://stripe.example/docs/error-codes/{refusal.Code.Replace('_', '-')}",
        }.Where(member => member.Value is not null).ToDictionary(),
    };
}

using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>An answer that is no 200.</summary>
sealed class StripeRefusal(string message, int status = StatusCodes.Status400BadRequest, string type = "invalid_request_error") : Exception(message)
{
    public int Status => status;

    public string Type => type;

    public string? Code { get; init; }

    public string? DeclineCode { get; init; }

    public string? Param { get; init; }

    public SandboxIntent? Intent { get; init; }

    /// <summary>The request had begun to be carried out, so its answer is repeated under its key; faulty requests and conflicts are not.</summary>
    public bool IsKept { get; init; }

    public static StripeRefusal Missing(string what, string id, int status = StatusCodes.Status404NotFound, string param = "intent") =>
        new($"No such {what}: '{id}'", status) { Code = "resource_missing", Param = param };

    public static StripeRefusal Declined(SandboxIntent intent) => new(intent.LastError!.Message, StatusCodes.Status402PaymentRequired, "card_error")
    {
        Code = intent.LastError.Code, DeclineCode = intent.LastError.DeclineCode, Intent = intent, IsKept = true,
    };

    public static StripeRefusal State(SandboxIntent intent, string what) =>
        new($"This PaymentIntent's status is {intent.Status}, so it could not be {what}.") { Code = "payment_intent_unexpected_state", Intent = intent, IsKept = true };
}

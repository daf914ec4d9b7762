using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>Stripe's test cards by the names under which test mode has them saved; every other <c>pm_…</c> has money.</summary>
static class StripeCards
{
    /// <summary>Wants the payer to confirm with his bank.</summary>
    public const string WantsPayer = "pm_card_authenticationRequired";

    /// <summary>Begins the names of methods that are attached to a customer, who must be named with them.</summary>
    const string Attached = "pm_attached";

    public static string? Read(string? method, string? customer) => method switch
    {
        null => null,
        _ when !method.StartsWith("pm_", StringComparison.Ordinal) =>
            throw StripeRefusal.Missing("PaymentMethod", method, StatusCodes.Status400BadRequest, "payment_method"),
        _ when method.StartsWith(Attached, StringComparison.Ordinal) && customer is null => throw new StripeRefusal(
            "The provided PaymentMethod is attached to a Customer: provide the Customer together with it.")
        { Param = "payment_method" },
        _ => method,
    };

    /// <param name="refusal">Why the bank is to refuse whatever the card, in its own word.</param>
    public static CardError? Decline(string method, string? refusal) => refusal switch
    {
        null => method switch
        {
            "pm_card_visa_chargeDeclined" => Declined("generic_decline"),
            "pm_card_visa_chargeDeclinedInsufficientFunds" => Declined("insufficient_funds"),
            "pm_card_visa_chargeDeclinedLostCard" => Declined("lost_card"),
            "pm_card_visa_chargeDeclinedStolenCard" => Declined("stolen_card"),
            "pm_card_chargeDeclinedExpiredCard" => new("expired_card", null, "Your card has expired."),
            "pm_card_chargeDeclinedIncorrectCvc" => new("incorrect_cvc", null, "Your card's security code is incorrect."),
            "pm_card_chargeDeclinedProcessingError" => new("processing_error", null, "An error occurred while processing your card. Try again in a little bit."),
            _ => null,
        },
        _ => Declined(refusal),
    };

    public static CardError Unattended { get; } = new(
        "authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.");

    static CardError Declined(string code) => new(
        "card_declined", code, code == "insufficient_funds" ? "Your card has insufficient funds." : "Your card was declined.");
}

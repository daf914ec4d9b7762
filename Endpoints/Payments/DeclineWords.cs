namespace Dovetail.Endpoints.Payments;

/// <summary>Why a payment or a refund came to nothing, in words for a customer.</summary>
static class DeclineWords
{
    public const string AwaitsPayer =
        "your bank wants you to confirm this payment yourself, which is not possible with a saved payment method; please choose another one";

    /// <param name="reason">The provider's code: YooKassa's cancellation reasons, Stripe's decline codes, failure and cancellation reasons.</param>
    public static string Of(string? reason) => reason switch
    {
        "insufficient_funds" => "there is not enough money on the card",
        "card_expired" or "expired_card" => "the card has expired",
        "invalid_card_number" or "invalid_csc" or "incorrect_number" or "invalid_number" or "incorrect_cvc" or "invalid_cvc" or "invalid_expiry_month"
            or "invalid_expiry_year" => "the card's number or code is not right",
        "3d_secure_failed" or "payment_intent_authentication_failure" => "the payment was not confirmed with the bank",
        "authentication_required" => AwaitsPayer,
        "call_issuer" or "do_not_honor" or "no_action_taken" => "the bank declined the payment; please call your bank",
        "payment_method_limit_exceeded" or "card_velocity_exceeded" or "withdrawal_count_limit_exceeded" => "the limit of the card or wallet is used up",
        "payment_method_restricted" or "restricted_card" or "transaction_not_allowed" or "card_not_supported" =>
            "the bank has blocked payments with this card or wallet",
        "currency_not_supported" => "the card can't be charged in this currency",
        "country_forbidden" => "cards of this country are not accepted",
        "fraud_suspected" or "fraudulent" or "highest_risk_level" => "the payment looked unusual and was declined; please choose another payment method",
        "identification_required" => "the wallet's owner has to be identified first",
        "issuer_unavailable" or "internal_timeout" or "issuer_not_available" or "processing_error" or "reenter_transaction" or "try_again_later" =>
            "the bank could not be reached; please try again later",
        "permission_revoked" or "revocation_of_authorization" or "revocation_of_all_authorizations" => "the permission to charge this payment method was withdrawn",
        "canceled_by_merchant" or "requested_by_customer" or "abandoned" or "duplicate" => "the payment was cancelled by the shop",
        "expired_on_confirmation" => "the payment was not confirmed in time",
        "expired_on_capture" or "automatic" or "expired" => "the hold on the card ended before the payment was taken",
        "yoo_money_account_closed" or "expired_or_canceled_card" => "the card or wallet was closed",
        "rejected_by_payee" or "rejected_by_timeout" or "declined" => "the bank did not accept the money back",

        // Cards that were reported as lost or stolen are among these: whoever uses one must not learn that it is known.
        _ => "the bank declined the payment",
    };
}

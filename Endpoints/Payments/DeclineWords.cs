namespace Dovetail.Endpoints.Payments;

/// <summary>Why a payment or a refund came to nothing, in words for a customer.</summary>
static class DeclineWords
{
    public static string Of(string? reason) => reason switch
    {
        "insufficient_funds" => "there is not enough money on the card",
        "card_expired" => "the card has expired",
        "invalid_card_number" or "invalid_csc" => "the card's number or code is not right",
        "3d_secure_failed" => "the payment was not confirmed with the bank",
        "call_issuer" => "the bank declined the payment; please call your bank",
        "payment_method_limit_exceeded" => "the limit of the card or wallet is used up",
        "payment_method_restricted" => "the bank has blocked payments with this card or wallet",
        "country_forbidden" => "cards of this country are not accepted",
        "fraud_suspected" => "the payment looked unusual and was declined; please choose another payment method",
        "identification_required" => "the wallet's owner has to be identified first",
        "issuer_unavailable" or "internal_timeout" => "the bank could not be reached; please try again later",
        "permission_revoked" => "the permission to charge this payment method was withdrawn",
        "canceled_by_merchant" => "the payment was cancelled by the shop",
        "expired_on_confirmation" => "the payment was not confirmed in time",
        "expired_on_capture" => "the hold on the card ended before the payment was taken",
        "yoo_money_account_closed" => "the wallet was closed",
        "rejected_by_payee" or "rejected_by_timeout" => "the bank did not accept the money back",
        _ => "the bank declined the payment",
    };
}

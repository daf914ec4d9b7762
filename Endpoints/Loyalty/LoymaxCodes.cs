using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>What the processing's codes mean to us.</summary>
static class LoymaxCodes
{
    /// <summary>Why the programme says no, in words for a customer; null where the code is no "no".</summary>
    public static string? Refusal(string? code) => code switch
    {
        "NotEnoughMoney" => "there are not that many points on the card",
        "LargePaymentAmount" or "CardExtraPayment" or "PurchaseExtraPayment" or "LimitGained" or "DivisibilityError" =>
            "the loyalty programme does not take that many points for this order",
        "CardNotFound" or "CardHolderNotFound" => "the loyalty card is unknown",
        "CardBlocked" => "the loyalty card is blocked",
        "CardExpired" => "the loyalty card has expired",
        "CardNotActivated" => "the loyalty card is not activated yet",
        "WrongPin" => "the loyalty programme asks for a PIN",
        "OperationIsCanceled" => "the purchase was cancelled in the loyalty programme",
        "DifferentLegals" or "DiscountException" or "CouponsException" or "PaymentException" or "BusinessError" =>
            "the loyalty programme does not take points for this order",
        _ => null,
    };

    /// <summary>What to do with a code that is neither a yes nor a no.</summary>
    public static Exception Unexpected(string orderId, string step, LoymaxOperation operation) => operation.Code == "SystemError"
        ? new HttpRequestException(
            $"{LoymaxClient.System} failed within itself at {step} of order {orderId} ({operation.ErrorMessage}), which leaves open whether it acted. " +
            "The message is tried again with the same operation id.")
        : new RejectedException(
            $"{LoymaxClient.System} answered {step} of order {orderId} with '{operation.Code}' ({operation.ErrorMessage}), which asking again will not change. " +
            $"Look at the purchase in the tenant's back office; mend what the code names or add it to {nameof(LoymaxCodes)}, then retry the message.");
}

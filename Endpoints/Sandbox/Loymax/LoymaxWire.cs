using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Loymax;

sealed record ProcessingRequest(
    string? OperationId, DateTimeOffset? OperationDate, string? Cashier, Cheque? Cheque, decimal? Amount, decimal? PaymentAmount, IReadOnlyList<Pay>? Pays);

sealed record Cheque(string? Number, DateTimeOffset? Date, IReadOnlyList<ChequeLine>? Lines)
{
    public decimal Total => Lines?.Sum(line => line.Amount) ?? 0;
}

sealed record ChequeLine(int Position, string? GoodsId, string? Name, decimal Price, decimal Quantity, decimal Amount, decimal Discount, decimal Cashback);

sealed record Pay(string? Type, decimal Amount, string? Details);

sealed record PurchaseSearch(string? ChequeNumber, string? State, int? Count, int? From);

/// <summary>How an operation of the processing ended: the vendor's code, and what its answer shows.</summary>
sealed record Ended(string Code, decimal Earned = 0, decimal Available = 0, decimal Balance = 0, decimal Amount = 0)
{
    public static readonly Ended Ok = new("Ok");
}

/// <summary>The vendor's envelope: business errors come with HTTP 200.</summary>
static class LoymaxWire
{
    public static object Success(object? data) => new { Data = data, Result = new { State = "Success" } };

    public static object Error(string message) => new { Data = default(object), Result = new { State = "Error", Message = message } };

    public static IResult Unauthorized() => Results.Json(Error("Unauthorized"), statusCode: StatusCodes.Status401Unauthorized);

    public static object Operation(ProcessingRequest request, Ended ended) => new
    {
        Data = new object[]
        {
            new
            {
                TransactionId = Guid.NewGuid(),
                request.OperationId,
                ended.Code,
                ErrorMessage = ended.Code == "Ok" ? null : ended.Code,
                Amount = request.Amount ?? ended.Amount,
                BonusAmount = request.Amount ?? 0,
                AvailableAmount = ended.Available,
                AvailableBonusAmount = ended.Available,
                ended.Balance,
                Cheque = new { TotalAmount = request.Cheque?.Total ?? 0, TotalDiscount = 0m, TotalCashback = ended.Earned },
            },
        },
        Result = new { State = ended.Code == "Ok" ? "Success" : "Error", Message = ended.Code == "Ok" ? null : ended.Code },
    };
}

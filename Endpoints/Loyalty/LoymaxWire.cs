using Dovetail.Contracts.Orders;

namespace Dovetail.Endpoints.Loyalty;

sealed record LoymaxEnvelope<T>(T? Data, LoymaxResult? Result);

sealed record LoymaxResult(string? State, string? Message);

/// <summary>How one operation of the processing ended.</summary>
sealed record LoymaxOperation(string? Code, string? ErrorMessage = null, LoymaxTotals? Cheque = null, decimal? Amount = null)
{
    public bool IsOk => Code == "Ok";

    /// <summary>The purchase is closed already, and counts.</summary>
    public bool IsConfirmed => Code is "OperationIsConfirmed" or "ConfirmedPurchaseOperation";

    /// <summary>An earlier attempt got through and its answer was lost: what it did must be looked up.</summary>
    public bool WasSentBefore => Code == "NotUniqueOperationID";
}

sealed record LoymaxTotals(decimal TotalAmount, decimal TotalCashback);

sealed record LoymaxPurchase(string? ChequeNumber, string? State);

sealed record LoymaxToken(string AccessToken, int ExpiresIn);

/// <summary>An operation of the processing, as it is sent.</summary>
sealed record LoymaxRequest(
    string OperationId, DateTimeOffset OperationDate, LoymaxCheque? Cheque = null, decimal? Amount = null, IReadOnlyList<LoymaxPay>? Pays = null)
{
    public string Cashier { get; } = "hub";
}

sealed record LoymaxPay(string Type, decimal Amount);

sealed record LoymaxCheque(string Number, DateTimeOffset Date, IReadOnlyList<LoymaxLine> Lines)
{
    public static LoymaxCheque Of(string orderId, DateTimeOffset date, IReadOnlyList<PricedLine> lines) => new(orderId, date,
        [.. lines.Select((line, index) => new LoymaxLine(
            index + 1, line.Sku, line.Name, line.UnitPrice.Amount, line.Quantity, line.Total.Amount, line.Discount.Amount, Cashback: 0))]);
}

sealed record LoymaxLine(int Position, string GoodsId, string Name, decimal Price, int Quantity, decimal Amount, decimal Discount, decimal Cashback);

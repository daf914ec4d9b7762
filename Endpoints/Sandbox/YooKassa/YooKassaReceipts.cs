namespace Dovetail.Endpoints.Sandbox.YooKassa;

/// <summary>Checks fiscal receipts as the vendor does before it hands them to the tax office.</summary>
static class YooKassaReceipts
{
    const int MostItems = 100;
    const int MostTaxSystem = 6;
    const int MostVat = 12;

    static readonly string[] Modes = ["full_prepayment", "partial_prepayment", "advance", "full_payment", "partial_payment", "credit", "credit_payment"];

    public static WireReceipt? Read(WireReceipt? receipt, decimal amount, string currency, bool isRequired)
    {
        if (receipt is null) return isRequired ? throw new InvalidRequest("Receipt is missing or illegal", "receipt") : null;
        if (string.IsNullOrWhiteSpace(receipt.Customer?.Email) && string.IsNullOrWhiteSpace(receipt.Customer?.Phone))
            throw new InvalidRequest("neither email nor phone of the customer is given", "receipt.customer");
        if (receipt.Customer.Phone is { } phone && !phone.All(char.IsAsciiDigit))
            throw new InvalidRequest("the phone is not digits alone", "receipt.customer.phone");
        if (receipt.TaxSystemCode is < 1 or > MostTaxSystem)
            throw new InvalidRequest("the tax system is not known", "receipt.tax_system_code");
        if (receipt.Items is not { Count: > 0 and <= MostItems } items)
            throw new InvalidRequest($"a receipt has 1 to {MostItems} items", "receipt.items");
        foreach (var item in items) Check(item, currency);

        var sum = items.Sum(item => item.Quantity * YooKassaWire.Read(item.Amount));
        return sum == amount ? receipt : throw new InvalidRequest($"the items come to {sum}, and the amount is {amount}", "receipt.items");
    }

    static void Check(WireItem item, string currency)
    {
        if (item.Description is not { Length: > 0 and <= 128 })
            throw new InvalidRequest("an item has a description of 1 to 128 characters", "receipt.items.description");
        if (item.Quantity <= 0)
            throw new InvalidRequest("the quantity must be more than zero", "receipt.items.quantity");
        if (item.Amount?.Currency != currency)
            throw new InvalidRequest("the currency is not the payment's", "receipt.items.amount.currency");
        if (item.VatCode is null or < 1 or > MostVat)
            throw new InvalidRequest("the VAT code is not known", "receipt.items.vat_code");
        if (!Modes.Contains(item.PaymentMode))
            throw new InvalidRequest("the payment mode is not known", "receipt.items.payment_mode");
        if (string.IsNullOrWhiteSpace(item.PaymentSubject))
            throw new InvalidRequest("the payment subject is missing", "receipt.items.payment_subject");
    }
}

sealed record WireReceipt(WirePerson? Customer, IReadOnlyList<WireItem>? Items, int? TaxSystemCode = null);

sealed record WirePerson(string? Email, string? Phone);

/// <param name="Amount">Of one piece.</param>
sealed record WireItem(string? Description, decimal Quantity, WireAmount? Amount, int? VatCode, string? PaymentMode, string? PaymentSubject);

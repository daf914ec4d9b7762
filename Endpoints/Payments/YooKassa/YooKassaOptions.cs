using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Payments.YooKassa;

/// <summary>Section <c>Payments:YooKassa</c>.</summary>
sealed class YooKassaOptions : ConnectorOptions
{
    /// <summary>The shop's number in its YooKassa account.</summary>
    public string? ShopId { get; set; }

    /// <summary>The shop's secret key.</summary>
    public string? SecretKey { get; set; }

    public YooKassaReceiptOptions Receipts { get; set; } = new();

    protected override IEnumerable<(string Key, string? Value)> Required() => [(nameof(ShopId), ShopId), (nameof(SecretKey), SecretKey)];
}

/// <summary>Section <c>Payments:YooKassa:Receipts</c>: fiscal receipts (54-FZ) that YooKassa sends in the shop's name.</summary>
sealed class YooKassaReceiptOptions
{
    public const string Section = "Payments:YooKassa:Receipts";

    public static readonly string[] Modes =
        ["full_prepayment", "partial_prepayment", "advance", "full_payment", "partial_payment", "credit", "credit_payment"];

    /// <summary>Off for shops that send their receipts another way, or need none.</summary>
    public bool Send { get; set; }

    /// <summary>YooKassa's code for the shop's tax system; left out where the shop has only one.</summary>
    public int? TaxSystem { get; set; }

    /// <summary>YooKassa's code for the VAT rate of everything that is sold.</summary>
    public int? Vat { get; set; }

    /// <summary>The goods go out after they were paid for.</summary>
    public string Mode { get; set; } = "full_prepayment";

    /// <summary>What is sold: goods, a service, ...</summary>
    public string Subject { get; set; } = "commodity";
}

/// <summary>Names all faults of the receipts' settings at once.</summary>
sealed class YooKassaReceiptValidation : IValidateOptions<YooKassaOptions>
{
    const int MostTaxSystem = 6;
    const int MostVat = 12;

    public ValidateOptionsResult Validate(string? name, YooKassaOptions options)
    {
        var faults = options.Receipts.Send ? Faults(options.Receipts).Select(fault => $"{YooKassaReceiptOptions.Section}:{fault}.").ToList() : [];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    static IEnumerable<string> Faults(YooKassaReceiptOptions receipts)
    {
        if (receipts.TaxSystem is < 1 or > MostTaxSystem)
            yield return $"{nameof(receipts.TaxSystem)} is {receipts.TaxSystem}, it must be YooKassa's code from 1 to {MostTaxSystem}, or left out";
        if (receipts.Vat is null or < 1 or > MostVat)
            yield return $"{nameof(receipts.Vat)} is {receipts.Vat?.ToString() ?? "not set"}, it must be YooKassa's code from 1 to {MostVat}; 1 is 'without VAT'";
        if (!YooKassaReceiptOptions.Modes.Contains(receipts.Mode))
            yield return $"{nameof(receipts.Mode)} is '{receipts.Mode}', it must be one of {string.Join(", ", YooKassaReceiptOptions.Modes)}";
        if (string.IsNullOrWhiteSpace(receipts.Subject))
            yield return $"{nameof(receipts.Subject)} is empty, it must be YooKassa's word for what is sold, such as commodity";
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;

namespace Dovetail.Endpoints.Forms;

/// <summary>The lines of an order or of a cart, checked: goods from stock with a price, or work made from a model.</summary>
static partial class LineForm
{
    public const decimal MostMoney = 1_000_000_000_000m;

    const int MostLines = 100;

    /// <param name="currency">What all prices must be in; null for that of the first price.</param>
    /// <param name="currencyOf">Which member says so.</param>
    public static IReadOnlyList<OrderLine> ReadAll(Fields fields, string? currency, string currencyOf)
    {
        var lines = new List<OrderLine>();
        foreach (var part in fields.Parts("lines", MostLines))
        {
            lines.Add(Read(part, lines.Count, currency ?? "", currencyOf));
            currency ??= lines[^1].UnitPrice is { Currency: not "" } price ? price.Currency : null;
        }

        return lines;
    }

    public static Money Money(Fields? fields, decimal least)
    {
        if (fields is null) return Contracts.Money.Zero("");
        var currency = fields.Text("currency", Currencies(), "three upper-case letters of ISO 4217, such as RUB");
        var money = new Money(fields.Number("amount", least, MostMoney, Contracts.Money.MinorDigits(currency)), currency);
        fields.NothingElse();
        return money;
    }

    static OrderLine Read(Fields fields, int index, string currency, string currencyOf)
    {
        var line = new OrderLine(
            (index + 1).ToString(CultureInfo.InvariantCulture),
            fields.Text("sku", most: 100),
            fields.Text("name", most: 200),
            fields.Whole("quantity", 1, 10_000),
            fields.Has("unitPrice") ? Money(fields.Part("unitPrice"), least: 0) : null,
            fields.Has("model") ? ReadModel(fields.Part("model")) : null);
        if (line.UnitPrice is { Currency: not "" } price && currency != "" && price.Currency != currency)
        {
            fields.Wrong<object?>("unitPrice/currency",
                $"is {price.Currency} and that of {currencyOf} is {currency}: an order has one currency, so convert the price or split the order", null);
        }
        if (line.UnitPrice is null == line.Model is null)
        {
            fields.Wrong<object?>("unitPrice",
                line.Model is null ? "is missing: send it for goods from stock, or a model for work made to order" : "and model exclude each other: send unitPrice for goods from stock, model for work made to order", null);
        }
        fields.NothingElse();
        return line;
    }

    static Model ReadModel(Fields? fields)
    {
        if (fields is null) return new("", "", "");
        var url = fields.Text("url", most: 2_000);
        if (url.Length > 0 && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            fields.Wrong<object?>("url", "is no address: send an absolute http or https address at which the file can be fetched", null);
        var model = new Model(url, fields.Text("sha256", Hashes(), "the SHA-256 of the file as 64 lower-case hexadecimal digits"), fields.Text("material", most: 100));
        fields.NothingElse();
        return model;
    }

    [GeneratedRegex(@"^[A-Z]{3}\z")]
    private static partial Regex Currencies();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hashes();
}

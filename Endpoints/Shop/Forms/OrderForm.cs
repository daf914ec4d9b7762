using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Answers;

namespace Dovetail.Endpoints.Shop.Forms;

/// <summary>An order as a shop sends it, checked.</summary>
/// <param name="OrderId">The shop's own number; null if the hub shall mint one.</param>
sealed partial record OrderForm(
    string? OrderId, Customer Customer, Destination Destination, IReadOnlyList<OrderLine> Lines, Money AgreedTotal, decimal PointsToSpend, string PaymentMethod)
{
    const int MostLines = 100;
    const decimal MostMoney = 1_000_000_000_000m;

    /// <summary>Reads the form and finds all its faults; with any, the form is not to be used.</summary>
    public static (OrderForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json)
    {
        var fields = new Fields(json);
        var agreedTotal = ReadMoney(fields.Part("agreedTotal"), least: 0.001m);
        var form = new OrderForm(
            fields.OptionalText("orderId", OrderIds(), "3 to 32 characters of A-Z, 0-9 and '-', such as A-1001, or leave it out"),
            ReadCustomer(fields.Part("customer")),
            ReadDestination(fields.Part("destination")),
            [.. fields.Parts("lines", MostLines).Select((line, index) => ReadLine(line, index, agreedTotal.Currency))],
            agreedTotal,
            fields.Has("pointsToSpend") ? fields.Number("pointsToSpend", 0, MostMoney, 2) : 0,
            fields.Text("paymentMethod", most: 200));

        if (form is { PointsToSpend: > 0, Customer.LoyaltyCard: null })
            fields.Wrong<object?>("pointsToSpend", "is more than 0, but the customer has no loyaltyCard: send customer.loyaltyCard, or no points", null);
        if (CardNumbers().IsMatch(form.PaymentMethod))
            fields.Wrong<object?>("paymentMethod", "looks like a card number, which the hub must never see: send the payment provider's id of a saved method", null);
        fields.NothingElse();
        return (form, fields.Faults);
    }

    static Customer ReadCustomer(Fields? fields)
    {
        // With a card, so that a missing customer is one fault and not two.
        if (fields is null) return new("", "", "", "", "");
        var customer = new Customer(
            fields.Text("id", most: 100),
            fields.Text("name", most: 200),
            fields.Text("email", Emails(), "an address of at most 254 characters, such as anna@example.com"),
            fields.Text("phone", Phones(), "an international number, such as +79990000000"),
            fields.OptionalText("loyaltyCard", most: 50));
        fields.NothingElse();
        return customer;
    }

    static Destination ReadDestination(Fields? fields)
    {
        if (fields is null) return new("", "", "", "");
        var pickupPoint = fields.OptionalText("pickupPoint", most: 50);
        var destination = new Destination(
            fields.Text("countryCode", Countries(), "two upper-case letters of ISO 3166, such as RU"),
            fields.Text("city", most: 100),
            fields.Text("postalCode", most: 20),
            pickupPoint is null ? fields.Text("address", most: 300) : fields.OptionalText("address", most: 300) ?? "",
            pickupPoint);
        fields.NothingElse();
        return destination;
    }

    static OrderLine ReadLine(Fields fields, int index, string currency)
    {
        var line = new OrderLine(
            (index + 1).ToString(CultureInfo.InvariantCulture),
            fields.Text("sku", most: 100),
            fields.Text("name", most: 200),
            fields.Whole("quantity", 1, 10_000),
            fields.Has("unitPrice") ? ReadMoney(fields.Part("unitPrice"), least: 0) : null,
            fields.Has("model") ? ReadModel(fields.Part("model")) : null);
        if (line.UnitPrice is { Currency: not "" } price && currency != "" && price.Currency != currency)
        {
            fields.Wrong<object?>("unitPrice/currency",
                $"is {price.Currency} and that of agreedTotal is {currency}: an order has one currency, so convert the price or split the order", null);
        }
        if (line.UnitPrice is null == line.Model is null)
        {
            fields.Wrong<object?>("unitPrice",
                line.Model is null ? "is missing: send it for goods from stock, or a model for work made to order" : "and model exclude each other: send unitPrice for goods from stock, model for work made to order", null);
        }
        fields.NothingElse();
        return line;
    }

    static Money ReadMoney(Fields? fields, decimal least)
    {
        if (fields is null) return Money.Zero("");
        var currency = fields.Text("currency", Currencies(), "three upper-case letters of ISO 4217, such as RUB");
        var money = new Money(fields.Number("amount", least, MostMoney, Money.MinorDigits(currency)), currency);
        fields.NothingElse();
        return money;
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

    [GeneratedRegex(@"^[A-Z0-9][A-Z0-9-]{2,31}\z")]
    private static partial Regex OrderIds();

    [GeneratedRegex(@"^(?=.{3,254}\z)[^@\s\p{C}]+@[^@\s\p{C}]+\z")]
    private static partial Regex Emails();

    [GeneratedRegex(@"^\+?[0-9][0-9 ()-]{4,24}\z")]
    private static partial Regex Phones();

    [GeneratedRegex(@"^[A-Z]{2}\z")]
    private static partial Regex Countries();

    [GeneratedRegex(@"^[A-Z]{3}\z")]
    private static partial Regex Currencies();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hashes();

    [GeneratedRegex(@"^[0-9]([ -]?[0-9]){12,18}\z")]
    private static partial Regex CardNumbers();
}

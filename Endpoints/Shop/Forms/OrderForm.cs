using System.Text.Json;
using System.Text.RegularExpressions;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;

namespace Dovetail.Endpoints.Shop.Forms;

/// <summary>An order as a shop sends it, checked.</summary>
/// <param name="OrderId">The shop's own number; null if the hub shall mint one.</param>
sealed partial record OrderForm(
    string? OrderId, Customer Customer, Destination Destination, IReadOnlyList<OrderLine> Lines, Money AgreedTotal, decimal PointsToSpend, string PaymentMethod)
{
    /// <summary>Reads the form and finds all its faults; with any, the form is not to be used.</summary>
    public static (OrderForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json)
    {
        var fields = new Fields(json);
        var agreedTotal = LineForm.Money(fields.Part("agreedTotal"), least: 0.001m);
        var form = new OrderForm(
            fields.OptionalText("orderId", OrderIds(), "3 to 32 characters of A-Z, 0-9 and '-', such as A-1001, or leave it out"),
            ReadCustomer(fields.Part("customer")),
            ReadDestination(fields.Part("destination")),
            LineForm.ReadAll(fields, agreedTotal.Currency, currencyOf: "agreedTotal"),
            agreedTotal,
            fields.Has("pointsToSpend") ? fields.Number("pointsToSpend", 0, LineForm.MostMoney, 2) : 0,
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

    [GeneratedRegex(@"^[A-Z0-9][A-Z0-9-]{2,31}\z")]
    private static partial Regex OrderIds();

    [GeneratedRegex(@"^(?=.{3,254}\z)[^@\s\p{C}]+@[^@\s\p{C}]+\z")]
    private static partial Regex Emails();

    [GeneratedRegex(@"^\+?[0-9][0-9 ()-]{4,24}\z")]
    private static partial Regex Phones();

    [GeneratedRegex(@"^[A-Z]{2}\z")]
    private static partial Regex Countries();

    [GeneratedRegex(@"^[0-9]([ -]?[0-9]){12,18}\z")]
    private static partial Regex CardNumbers();
}

using System.Text.Json;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;

namespace Dovetail.Endpoints.Shop.Forms;

/// <summary>A part that is to be paid back, as the support desk sends it, checked.</summary>
/// <param name="Lines">What it is for; null for the order's lines, each by its share.</param>
sealed record RefundForm(Money Amount, string Reason, IReadOnlyList<ReceiptLine>? Lines)
{
    const int LongestReason = 500;
    const int MostLines = 80;

    /// <param name="currency">That of the order.</param>
    public static (RefundForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json, string currency)
    {
        var fields = new Fields(json);
        var form = new RefundForm(
            Sum(fields, "amount", currency), fields.Text("reason", LongestReason),
            fields.Has("lines") ? [.. fields.Parts("lines", MostLines).Select(line => ReadLine(line, currency))] : null);
        if (form.Lines is { Count: > 0 } lines && fields.Faults.Count == 0 && lines.Sum(line => line.Total.Amount) is var sum && sum != form.Amount.Amount)
            fields.Wrong<object?>("lines", $"come to {new Money(sum, currency)} and the amount is {form.Amount}: let them add up to the amount, or leave them out", null);
        fields.NothingElse();
        return (form, fields.Faults);
    }

    static ReceiptLine ReadLine(Fields fields, string currency)
    {
        var line = new ReceiptLine(fields.Text("name", most: 200), fields.Whole("quantity", 1, 10_000), Sum(fields, "amount", currency));
        fields.NothingElse();
        return line;
    }

    static Money Sum(Fields fields, string name, string currency)
    {
        var sum = LineForm.Money(fields.Part(name), least: 0.001m);
        return sum.Currency == "" || sum.Currency == currency ? sum : fields.Wrong(
            $"{name}/currency", $"is {sum.Currency} and the order was paid in {currency}: send the amount in {currency}", sum);
    }
}

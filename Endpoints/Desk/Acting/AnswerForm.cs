using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Desk.Reading;
using Dovetail.Endpoints.Forms;

namespace Dovetail.Endpoints.Desk.Acting;

/// <summary>A decision as an operator sends it, checked against what was asked.</summary>
/// <param name="AgreedTotal">Only where the customer agreed to more than before.</param>
/// <param name="CancelReason">The order is not to be fulfilled; then there are no lines.</param>
sealed partial record AnswerForm(IReadOnlyList<LineDecision> Lines, Money? AgreedTotal, string? CancelReason)
{
    const int MostLines = 100;
    const int LongestReason = 500;

    /// <summary>Reads the form and finds all its faults; with any, the form is not to be used.</summary>
    public static (AnswerForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json, TaskContent asked)
    {
        var fields = new Fields(json);
        var reason = fields.OptionalText("cancelReason", LongestReason);
        var lines = reason is null ? ReadLines(fields, asked) : Excluded<IReadOnlyList<LineDecision>>(fields, "lines", []);
        var agreed = reason is not null ? Excluded<Money?>(fields, "agreedTotal", null) : fields.Has("agreedTotal") ? LineForm.Money(fields.Part("agreedTotal"), least: 0.001m) : null;
        fields.NothingElse();

        // What the order would come to is known only if all of it can be read.
        if (reason is null && fields.Faults.Count == 0) CheckTotal(fields, asked, lines, agreed);
        return (new(lines, agreed, reason), fields.Faults);
    }

    static T Excluded<T>(Fields fields, string name, T nothing) =>
        fields.Has(name) ? fields.Wrong(name, "and cancelReason exclude each other: cancel the order, or say what the customer gets", nothing) : nothing;

    static List<LineDecision> ReadLines(Fields fields, TaskContent asked)
    {
        var taken = asked.Lines.Select(line => line.LineId).ToHashSet(StringComparer.Ordinal);
        var decided = new List<LineDecision>();
        foreach (var part in fields.Parts("lines", MostLines))
        {
            var id = part.Text("lineId", most: 100);
            if (id.Length > 0 && !asked.Missing.Contains(id))
                part.Wrong<object?>("lineId", $"is '{id}', which is not missing: decide on {Named(asked.Missing)} alone", null);
            else if (decided.Any(line => line.LineId == id))
                part.Wrong<object?>("lineId", $"is '{id}' once more: decide once on each line", null);
            decided.Add(new(id, ReadSubstitute(part, id, asked.AgreedTotal.Currency, taken)));
        }

        if (decided.Count == 0) return decided;
        if (asked.Missing.Except(decided.Select(line => line.LineId)).ToList() is { Count: > 0 } open)
            fields.Wrong<object?>("lines", $"says nothing of {Named(open)}: decide on each missing line, substitute or drop", null);
        else if (asked.Missing.Count == asked.Lines.Count && decided.TrueForAll(line => line.Substitute is null))
            fields.Wrong<object?>("lines", "would leave nothing of the order: send a substitute, or cancelReason to cancel the order", null);
        return decided;
    }

    static OrderLine? ReadSubstitute(Fields part, string lineId, string currency, HashSet<string> taken)
    {
        var isDropped = part.Text("decision", Decisions(), "substitute or drop") == "drop";
        OrderLine? substitute = null;
        if (isDropped && part.Has("substitute"))
            part.Wrong<object?>("substitute", "is there, but the line is dropped: leave it out, or send the decision substitute", null);
        else if (!isDropped && part.Part("substitute") is { } goods)
            substitute = ReadGoods(goods, NewId(lineId, taken), currency);
        part.NothingElse();
        return substitute;
    }

    static OrderLine ReadGoods(Fields fields, string lineId, string currency)
    {
        var goods = new OrderLine(
            lineId, fields.Text("sku", most: 100), fields.Text("name", most: 200), fields.Whole("quantity", 1, 10_000), LineForm.Money(fields.Part("unitPrice"), least: 0));
        if (goods.UnitPrice is { Currency: not "" } price && price.Currency != currency)
            fields.Wrong<object?>("unitPrice/currency", $"is {price.Currency}, and the customer pays in {currency}: send the price in {currency}", null);
        fields.NothingElse();
        return goods;
    }

    /// <summary>What takes the place of line 2 is line 2.1, so that people see what came from what.</summary>
    static string NewId(string lineId, HashSet<string> taken) =>
        Enumerable.Range(1, int.MaxValue).Select(number => string.Create(CultureInfo.InvariantCulture, $"{lineId}.{number}")).First(taken.Add);

    /// <summary>Discounts are looked at anew later; whoever agrees to the sum before them agrees to less as well.</summary>
    static void CheckTotal(Fields fields, TaskContent asked, IReadOnlyList<LineDecision> lines, Money? agreed)
    {
        var total = lines.Select(line => line.Substitute).OfType<OrderLine>().Aggregate(asked.TotalWithoutMissing, (sum, line) => sum + (line.UnitPrice! * line.Quantity));
        if (agreed is null)
        {
            if (total > asked.AgreedTotal)
                fields.Wrong<object?>("agreedTotal", $"is missing: the order would come to {total}, and the customer agreed to {asked.AgreedTotal} at most. Ask the customer, and send the total that they agree to", null);
        }
        else if (agreed.Currency != asked.AgreedTotal.Currency)
        {
            fields.Wrong<object?>("agreedTotal/currency", $"is {agreed.Currency}, and the customer pays in {asked.AgreedTotal.Currency}: send it in {asked.AgreedTotal.Currency}", null);
        }
        else if (!(agreed > asked.AgreedTotal))
        {
            fields.Wrong<object?>("agreedTotal/amount", $"is {agreed}, and the customer agreed to {asked.AgreedTotal} already: leave agreedTotal out, or send the higher total that they agree to", null);
        }
        else if (total > agreed)
        {
            fields.Wrong<object?>("agreedTotal/amount", $"is {agreed}, but the order would come to {total}: ask the customer, and send the total that they agree to", null);
        }
    }

    static string Named(IReadOnlyCollection<string> lines) => $"{(lines.Count == 1 ? "line" : "lines")} {string.Join(", ", lines)}";

    [GeneratedRegex(@"^(substitute|drop)\z")]
    private static partial Regex Decisions();
}

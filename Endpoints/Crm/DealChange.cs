using Dovetail.Contracts;
using Dovetail.Contracts.Orders;

namespace Dovetail.Endpoints.Crm;

/// <summary>What one event says about an order's deal.</summary>
/// <param name="Sequence">The event's number in the order's history.</param>
sealed record DealChange(string OrderId, int Sequence, DealStep Step, Money? Amount = null, Customer? Customer = null)
{
    public string? Comment { get; init; }

    /// <summary>What has to be written over the deal as it stands. Events come in any order, so the stage only goes forward and an older amount gives way.</summary>
    /// <param name="amountSequence">Number of the event that the deal's amount came from.</param>
    public Dictionary<string, object> Over(Deal deal, int amountSequence, string? contactId, DealStages stages)
    {
        var fields = new Dictionary<string, object>();
        if (!deal.IsClosed && stages.IsAhead(Step, of: deal.Stage))
        {
            fields["STAGE_ID"] = stages[Step];
            if (Comment is not null)
                fields["COMMENTS"] = Comment;
        }

        if (Amount is not null && Sequence >= amountSequence && (Amount.Amount, Amount.Currency) != (deal.Amount, deal.Currency))
            WriteAmount(fields, Amount);
        if (contactId is not null && !deal.HasContact)
            fields["CONTACT_IDS"] = new[] { contactId };
        return fields;
    }

    /// <summary>The fields of a deal that starts with this event.</summary>
    public Dictionary<string, object> New(string originator, string? contactId, DealStages stages)
    {
        var fields = new Dictionary<string, object>
        {
            ["TITLE"] = $"Order {OrderId}", ["STAGE_ID"] = stages[Step], ["CATEGORY_ID"] = stages.Category, ["OPENED"] = "Y",
            ["ORIGINATOR_ID"] = originator, ["ORIGIN_ID"] = OrderId,
        };
        if (Amount is not null)
            WriteAmount(fields, Amount);
        if (contactId is not null)
            fields["CONTACT_IDS"] = new[] { contactId };
        if (Comment is not null)
            fields["COMMENTS"] = Comment;
        return fields;
    }

    // Without the flag the CRM would sum up the deal's product rows, of which there are none.
    internal static void WriteAmount(Dictionary<string, object> fields, Money amount) =>
        (fields["OPPORTUNITY"], fields["CURRENCY_ID"], fields["IS_MANUAL_OPPORTUNITY"]) = (amount.Amount, amount.Currency, "Y");
}

/// <summary>How far an order is, in the steps that the sales people see.</summary>
enum DealStep
{
    Placed = 0,
    Priced = 1,
    Paid = 2,
    Delivered = 3,
    Won = 4,
    Lost = 5,
}

/// <summary>The steps as stages of one funnel. The default funnel's stages have bare names, those of others begin with <c>C7:</c>.</summary>
sealed class DealStages(int category)
{
    static readonly string[] Order = ["NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE"];
    static readonly string[] Final = ["WON", "LOSE", "APOLOGY"];

    public int Category => category;

    public string this[DealStep step] => Prefix + step switch
    {
        DealStep.Placed => "NEW",
        DealStep.Priced => "PREPARATION",
        DealStep.Paid => "EXECUTING",
        DealStep.Delivered => "FINAL_INVOICE",
        DealStep.Won => "WON",
        _ => "LOSE",
    };

    /// <summary>A closed deal stays closed. In a stage that somebody added to the funnel by hand, only the end moves the deal.</summary>
    public bool IsAhead(DealStep step, string of)
    {
        var current = of.StartsWith(Prefix, StringComparison.Ordinal) ? of[Prefix.Length..] : of;
        var place = Array.IndexOf(Order, current);
        return !Final.Contains(current) && (step >= DealStep.Won || place >= 0 && Array.IndexOf(Order, this[step][Prefix.Length..]) > place);
    }

    string Prefix => category == 0 ? "" : $"C{category}:";
}

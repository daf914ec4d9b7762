using Dovetail.Contracts;

namespace Dovetail.Endpoints.Crm;

/// <summary>What is to be done about a deal, by how it stands in the CRM and how the hub would have it.</summary>
abstract record DealVerdict
{
    /// <param name="mayGiveUp">Whether a lost deal is a wish to cancel; it is none where that was refused.</param>
    public static DealVerdict Of(WantedDeal wanted, Deal deal, DealStages stages, bool mayGiveUp)
    {
        if (deal.IsLost && wanted.Step == DealStep.Lost)
        {
            // The sales people may say by a stage of their own why it was lost.
            return new AsItShouldBe();
        }

        if (deal.IsLost && wanted.Step < DealStep.Won && mayGiveUp)
            return new GivenUp();

        var fields = new Dictionary<string, object>();
        if (deal.Stage != stages[wanted.Step])
            fields["STAGE_ID"] = stages[wanted.Step];
        if (wanted.Amount is { } amount && (amount.Amount, amount.Currency) != (deal.Amount, deal.Currency))
            DealChange.WriteAmount(fields, amount);
        return fields.Count == 0 ? new AsItShouldBe() : new Changed(fields);
    }

    internal sealed record AsItShouldBe : DealVerdict;

    /// <summary>A person gave the order up.</summary>
    internal sealed record GivenUp : DealVerdict;

    /// <summary>The hub knows better, and writes these fields.</summary>
    internal sealed record Changed(Dictionary<string, object> Fields) : DealVerdict;

    /// <summary>It has been put right so often today that somebody else insists.</summary>
    internal sealed record LeftAlone : DealVerdict;
}

/// <summary>A deal as the order's events have it by now.</summary>
sealed record WantedDeal(DealStep Step, Money? Amount);

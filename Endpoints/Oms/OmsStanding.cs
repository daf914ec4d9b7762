namespace Dovetail.Endpoints.Oms;

/// <summary>Where an order stands in RetailCRM. Every account may add statuses of its own; their group says what they mean.</summary>
sealed record OmsStanding(string Status, string Group)
{
    public const string Assembling = "assembling";
    public const string Delivery = "delivery";
    public const string Complete = "complete";
    public const string Cancel = "cancel";

    public bool IsCancelled => Group == Cancel;

    /// <summary>Nobody gave the order up: goods were missing when it was picked.</summary>
    public bool LacksGoods => this is { Group: Cancel, Status: "no-product" };

    /// <summary>Whether a move into the group is a move forward.</summary>
    public bool IsBefore(string group) => Rank(Group) < Rank(group);

    static int Rank(string group) => group switch
    {
        Assembling => 1,
        Delivery => 2,
        Complete => 3,
        Cancel => 4,
        _ => 0,
    };
}

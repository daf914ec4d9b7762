namespace Dovetail.Endpoints.Desk.Writing;

/// <summary>The kinds of entries as clients see them: names for ever.</summary>
static class Kinds
{
    public const string Opened = "opened";
    public const string Claimed = "claimed";
    public const string Released = "released";
    public const string Refused = "refused";
    public const string Reminded = "reminded";
    public const string Escalated = "escalated";
    public const string Ended = "ended";
}

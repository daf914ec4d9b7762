namespace Dovetail.Gateway.Keys;

/// <summary>What a key may be allowed to do.</summary>
public static class Roles
{
    /// <summary>Places orders and asks for their state.</summary>
    public const string Shop = "shop";

    /// <summary>Looks into any order and message, resumes and retries.</summary>
    public const string Support = "support";

    public static IReadOnlyList<string> All { get; } = [Shop, Support];
}

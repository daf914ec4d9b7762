namespace Dovetail.Gateway.Keys;

/// <summary>What is known of a key. The key itself is known to its owner alone.</summary>
public sealed class ApiKey
{
    /// <summary>Names the key without giving it away: the beginning of its hash.</summary>
    public required string Id { get; init; }

    public required string Client { get; init; }

    /// <summary>What the key is for, in the words of whoever created it.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<string> Roles { get; set; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public DateTimeOffset? Revoked { get; set; }

    /// <summary>SHA-256. A key has more entropy than can be tried, so salt and slowness would protect nothing.</summary>
    internal byte[] Hash { get; init; } = [];

    internal bool IsActive(DateTimeOffset now) => Revoked is null && (Expires is null || now < Expires);
}

/// <summary>A key at the only moment at which it can be read.</summary>
public sealed record CreatedKey(string Id, string Key);

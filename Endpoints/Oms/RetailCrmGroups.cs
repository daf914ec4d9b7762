namespace Dovetail.Endpoints.Oms;

/// <summary>The group of each status of the account, read again now and then: people add statuses without telling us.</summary>
sealed class RetailCrmGroups(TimeProvider time)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    volatile Groups? _read;

    /// <summary>Empty for a status that the account itself does not list.</summary>
    public async Task<string> Of(string status, Func<CancellationToken, Task<IReadOnlyDictionary<string, OmsStatus>>> read, CancellationToken cancellation)
    {
        if (_read is not { } groups || groups.Until < time.GetUtcNow() || !groups.ByStatus.ContainsKey(status))
            _read = groups = new(await read(cancellation), time.GetUtcNow() + Lifetime);

        return groups.ByStatus.TryGetValue(status, out var found) ? found.Group : "";
    }

    sealed record Groups(IReadOnlyDictionary<string, OmsStatus> ByStatus, DateTimeOffset Until);
}

/// <summary>A status as the account's reference lists it.</summary>
sealed record OmsStatus(string Group);

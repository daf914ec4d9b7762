namespace Dovetail.Endpoints.Oms;

/// <summary>Messages that look at an order and then change it take turns: RetailCRM has no "change it only if it still stands as I saw it".</summary>
/// <remarks>Within this process. After an outage "shipped" and "complete" lie in the queue together, and are handled at once.</remarks>
sealed class OrderTurns : IDisposable
{
    // A few orders share a place, which costs them a wait and nothing else.
    readonly SemaphoreSlim[] _places = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1))];

    public Task Take(string orderId, Func<Task> work, CancellationToken cancellation) => Take(
        orderId,
        async () =>
        {
            await work();
            return true;
        },
        cancellation);

    public async Task<T> Take<T>(string orderId, Func<Task<T>> work, CancellationToken cancellation)
    {
        var place = _places[(uint)StringComparer.Ordinal.GetHashCode(orderId) % _places.Length];
        await place.WaitAsync(cancellation);
        try
        {
            return await work();
        }
        finally
        {
            place.Release();
        }
    }

    public void Dispose()
    {
        foreach (var place in _places)
            place.Dispose();
    }
}

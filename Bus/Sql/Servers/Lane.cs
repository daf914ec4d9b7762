using System.Threading.Channels;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>Does together what many ask for at the same time: whoever comes while one round trip is under way joins the next.</summary>
sealed class Lane<T> : IAsyncDisposable where T : Ask
{
    readonly Channel<T> _waiting = Channel.CreateUnbounded<T>();
    readonly Task[] _workers;

    /// <param name="workers">How many round trips may be under way at once.</param>
    /// <param name="most">How much goes into one.</param>
    /// <param name="work">Tells everybody in the batch the outcome; what it throws is told to whoever was not.</param>
    public Lane(int workers, int most, Func<LaneConnection, IReadOnlyList<T>, Task> work, Func<CancellationToken, Task<System.Data.Common.DbConnection>> connect, ServerDialect dialect) =>
        _workers = [.. Enumerable.Range(0, workers).Select(_ => Task.Run(() => Run(most, work, new LaneConnection(connect, dialect))))];

    /// <summary>Once it is in the lane it runs: whoever stopped waiting would not know what became of it.</summary>
    public void Add(T ask)
    {
        if (!_waiting.Writer.TryWrite(ask)) ask.Fail(new Transport.StoreAwayException("The database can't be used any more", new ObjectDisposedException(null, "the last endpoint that used it has stopped")));
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAll(_workers);
    }

    async Task Run(int most, Func<LaneConnection, IReadOnlyList<T>, Task> work, LaneConnection connection)
    {
        var batch = new List<T>(most);
        await using (connection)
        {
            while (await _waiting.Reader.WaitToReadAsync())
            {
                while (batch.Count < most && _waiting.Reader.TryRead(out var ask)) batch.Add(ask);
                if (batch.Count == 0) continue;
                try
                {
                    await work(connection, batch);
                }
                catch (Exception failure)
                {
                    foreach (var ask in batch) ask.Fail(failure);
                }
                batch.Clear();
            }
        }
    }
}

/// <summary>Somebody who waits in a lane.</summary>
abstract class Ask
{
    /// <summary>Nothing if the outcome was told before.</summary>
    public abstract void Fail(Exception failure);
}

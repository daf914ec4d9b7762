namespace Dovetail.Bus.Sql.Servers;

/// <summary>Brings a queue's delayed messages into the queue when they are due.</summary>
/// <remarks>Every receiver of the queue does it, of whatever process and engine; each row is moved by one.</remarks>
sealed class DueMessages(ServerQueues queues, QueueTable queue, TimeProvider time)
{
    DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Does nothing before something can be due, as far as one knows.</summary>
    public async Task Move()
    {
        var now = time.GetUtcNow();
        // Further ahead than one ever looks, it was set before somebody put the clock back.
        if (_next > now && _next - now <= queues.Settings.Poll) return;
        var most = (long)queues.Settings.DelayedAtOnce;
        while ((await queues.Database.Claim(queue.MoveDue.With(now, most), row => row.GetInt64(0))).Single() == most)
        {
        }
        await Look();
    }

    /// <summary>How long to wait, unless something comes before: at most so long.</summary>
    public async Task<TimeSpan> UntilNext(TimeSpan most)
    {
        var wait = await Look() - time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < most ? wait : most;
    }

    async Task<DateTimeOffset> Look()
    {
        var due = (await queues.Database.Ask(queue.NextDue.With(), row => row.IsDBNull(0) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(0))).Single();
        // Others may send for later meanwhile, and tell nobody.
        var nextLook = time.GetUtcNow() + queues.Settings.Poll;
        return _next = due is { } next && next < nextLook ? next : nextLook;
    }
}

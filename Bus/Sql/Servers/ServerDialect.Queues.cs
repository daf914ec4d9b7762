using System.Data.Common;

namespace Dovetail.Bus.Sql.Servers;

abstract partial class ServerDialect
{
    /// <summary>Tells other processes something; null where the server can't, and they look by themselves.</summary>
    public abstract StatementText? Ring { get; }

    /// <summary>Hears what other processes tell, until the connection breaks.</summary>
    public abstract Task Listen(DbConnection connection, Action<string> heard, CancellationToken cancellation);

    public abstract string AddressOf(string schema, string name);

    public abstract (string? Schema, string Name) Parse(string address, Func<string, bool> isSchema);

    /// <exception cref="InvalidOperationException">The name is too long for a queue.</exception>
    public abstract void CheckQueue(string name);

    public abstract IEnumerable<string> CreateSubscriptions(string table);

    /// <param name="showsBodies">True for a column more, with bodies as text, for whoever looks into the table.</param>
    public abstract IEnumerable<string> CreateQueue(QueueTable queue, bool showsBodies);

    public abstract StatementText Exists { get; }

    public abstract StatementText Send(QueueTable queue);

    public abstract StatementText SendDelayed(QueueTable queue);

    // A claim holds the message itself: its row has left the queue, where anybody's receiver may look, and comes back with a release.
    public abstract StatementText Claim(QueueTable queue);

    /// <summary>Claims whose lease has ended, except those that the receiver knows it still has in hand.</summary>
    public abstract StatementText ClaimAgain(QueueTable queue);

    public abstract StatementText End(QueueTable queue);

    public abstract StatementText Renew(QueueTable queue);

    /// <summary>The same without waiting for those that are just being ended, or taken by others.</summary>
    public abstract StatementText RenewFree(QueueTable queue);

    public abstract StatementText Release(QueueTable queue);

    public abstract StatementText MoveRaw(QueueTable queue, QueueTable to);

    public abstract StatementText MoveDue(QueueTable queue);

    public abstract StatementText NextDue(QueueTable queue);

    public abstract StatementText Measure(QueueTable queue);

    /// <summary>Of a queue that another engine made, without claims.</summary>
    public abstract StatementText MeasureTheirs(QueueTable queue);

    public abstract StatementText CountRoughly(QueueTable queue);

    public abstract StatementText Peek(QueueTable queue);

    public abstract StatementText PeekTheirs(QueueTable queue);

    public abstract IEnumerable<StatementText> Purge(QueueTable queue);

    public abstract StatementText Subscribe(string table);

    public abstract StatementText Unsubscribe(string table);

    public abstract StatementText FindSubscribers(string table);
}

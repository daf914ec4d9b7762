using System.Text.Json;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Queues as tables of one SQLite file.</summary>
sealed class SqliteQueues(SqliteFile file, string endpoint, TimeSpan lease, TimeSpan poll, TimeProvider time) : ITransport
{
    public SqliteFile File => file;

    public bool InstallsItself => true;

    public string Address(string queue) => queue;

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => Run(db =>
    {
        db.Execute(SqliteDialect.CreateSubscriptions);
        foreach (var queue in queues) db.Execute(SqliteDialect.CreateQueue(queue));
    }, cancellation);

    public Task Purge(string queue, CancellationToken cancellation) => Run(db => db.Execute(SqliteDialect.Purge(queue)), cancellation);

    public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => Run(db =>
    {
        foreach (var type in events) db.Execute(SqliteDialect.Subscribe, ("$queue", queue), ("$endpoint", endpoint), ("$topic", type.FullName));
    }, cancellation);

    public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => Run(db =>
    {
        foreach (var type in events) db.Execute(SqliteDialect.Unsubscribe, ("$endpoint", endpoint), ("$topic", type.FullName));
    }, cancellation);

    public Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation) => file.Run((db, touched) =>
    {
        Insert(db, operations, touched);
        return Task.FromResult(true);
    }, cancellation);

    public IReceiver Receive(string queue) => new SqliteReceiver(file, this, queue, lease, poll, time);

    public ValueTask DisposeAsync() => file.DisposeAsync();

    /// <summary>Puts messages into their queues, within the caller's transaction.</summary>
    public void Insert(Statements db, IReadOnlyList<OutgoingOperation> operations, ICollection<string> touched)
    {
        foreach (var operation in operations)
        {
            if (operation.Target is Target.Queue { Address: var queue }) Insert(db, operation, queue, touched);
            else foreach (var subscriber in Subscribers(db, ((Target.Subscribers)operation.Target).Event)) Insert(db, operation, subscriber, touched);
        }
    }

    static List<string> Subscribers(Statements db, Type type) => db.Query(SqliteDialect.FindSubscribers, row => row.GetString(0),
        ("$topics", JsonSerializer.Serialize(MessageTypes.Hierarchy(type).Select(parent => parent.FullName))));

    void Insert(Statements db, OutgoingOperation operation, string queue, ICollection<string> touched)
    {
        var headers = HeadersJson.Write(operation.Headers);
        var body = operation.Body.ToArray();
        // A row's id is its own: the message's id is in its headers.
        var id = Guid.NewGuid().ToString();
        try
        {
            if (operation.DueAt is { } due)
            {
                db.Execute(SqliteDialect.SendDelayed(queue), ("$id", id), ("$headers", headers), ("$body", body), ("$due", due.ToUnixTimeMilliseconds()));
            }
            else
            {
                var expires = operation.ExpiresAfter is { } worth ? (time.GetUtcNow() + worth).ToUnixTimeMilliseconds() : (object?)null;
                db.Execute(SqliteDialect.Send(queue), ("$id", id), ("$expires", expires), ("$headers", headers), ("$body", body));
            }
        }
        catch (SqliteException failure) when (SqliteErrors.IsMissingTable(failure))
        {
            throw new QueueNotFoundException(queue, $"There is no queue '{queue}' in the bus's database. Start the endpoint of that name once with installers enabled, or mend the route.", failure);
        }
        touched.Add(queue);
    }

    Task Run(Action<Statements> work, CancellationToken cancellation) => file.Run((db, _) =>
    {
        work(db);
        return Task.FromResult(true);
    }, cancellation);
}

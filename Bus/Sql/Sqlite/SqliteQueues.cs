using System.Collections.Concurrent;
using System.Text.Json;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Queues as tables of one SQLite file.</summary>
sealed partial class SqliteQueues(SqliteFile file, TransportContext context, TimeSpan lease, TimeSpan poll) : ITransport
{
    static readonly ConcurrentDictionary<Type, string> Topics = new();

    readonly ILogger _logger = context.Logging.CreateLogger("Dovetail.Bus.Sqlite");

    readonly ConcurrentDictionary<string, bool> _missing = new(StringComparer.Ordinal);

    public ILogger Logger => _logger;

    public SqliteFile File => file;

    /// <summary>Where rows go that can't even be read.</summary>
    public string ErrorQueue => context.ErrorQueue;

    public bool InstallsItself => true;

    public string Address(string queue) => queue;

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => Run(db =>
    {
        db.Execute(SqliteDialect.CreateSubscriptions);
        foreach (var queue in queues) db.Execute(SqliteDialect.CreateQueue(queue));
    }, cancellation);

    public Task<QueueLength> Length(string queue, CancellationToken cancellation) => Look(queue, db => db.Query(SqliteDialect.Measure(queue),
        row => new QueueLength(row.GetInt64(0) - row.GetInt64(1), row.GetInt64(1), row.GetInt64(2)), ("$now", context.Time.GetUtcNow().ToUnixTimeMilliseconds()))[0]);

    public Task<long> Waiting(string queue, CancellationToken cancellation) => Look(queue, db => db.Number(SqliteDialect.CountRoughly(queue), ("$now", context.Time.GetUtcNow().ToUnixTimeMilliseconds())));

    public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => Look<IReadOnlyList<ReceivedMessage>>(queue, db => db.Query(SqliteDialect.Peek(queue),
        row => new ReceivedMessage(queue, row.GetString(0), SqliteReceiver.HeadersOf(row.GetString(1)), (byte[])row.GetValue(2), row.GetInt32(3), null), ("$most", most)));

    public Task Purge(string queue, CancellationToken cancellation) => Run(db => db.Execute(SqliteDialect.Purge(queue)), cancellation);

    public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => Run(db =>
    {
        foreach (var type in events) db.Execute(SqliteDialect.Subscribe, ("$queue", queue), ("$endpoint", context.EndpointName), ("$topic", type.FullName));
    }, cancellation);

    public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => Run(db =>
    {
        foreach (var type in events) db.Execute(SqliteDialect.Unsubscribe, ("$endpoint", context.EndpointName), ("$topic", type.FullName));
    }, cancellation);

    public Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation) => file.Run((db, touched) =>
    {
        Insert(db, operations, touched);
        return Task.FromResult(true);
    }, cancellation);

    public IReceiver Receive(string queue) => new SqliteReceiver(file, this, queue, lease, poll, context.Time);

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
        ("$topics", Topics.GetOrAdd(type, static type => JsonSerializer.Serialize(MessageTypes.Hierarchy(type).Select(parent => parent.FullName)))));

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
                db.Execute(SqliteDialect.SendDelayed(queue), ("$id", id), ("$headers", headers), ("$body", body), ("$due", NotBefore(due)));
            }
            else
            {
                var expires = operation.ExpiresAfter is { } worth ? (context.Time.GetUtcNow() + worth).ToUnixTimeMilliseconds() : (object?)null;
                db.Execute(SqliteDialect.Send(queue), ("$id", id), ("$expires", expires), ("$headers", headers), ("$body", body));
            }
        }
        catch (SqliteException failure) when (SqliteErrors.IsMissingTable(failure) && operation.MayGetLost)
        {
            if (_missing.TryAdd(queue, true)) LogNobodyThere(queue, operation.MessageId);
            return;
        }
        catch (SqliteException failure) when (SqliteErrors.IsMissingTable(failure))
        {
            throw Missing(queue, failure);
        }
        touched.Add(queue);
    }

    Task<T> Look<T>(string queue, Func<Statements, T> look)
    {
        try
        {
            return Task.FromResult(file.Read(look));
        }
        catch (SqliteException failure) when (SqliteErrors.IsMissingTable(failure))
        {
            return Task.FromException<T>(Missing(queue, failure));
        }
    }

    static QueueNotFoundException Missing(string queue, SqliteException failure) =>
        new(queue, $"There is no queue '{queue}' in the bus's database. Start the endpoint of that name once with installers enabled, or mend the route.", failure);

    // Rounded up to the milliseconds of the table: a delayed message is never early.
    static long NotBefore(DateTimeOffset due) => due.ToUnixTimeMilliseconds() + (due.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);

    Task Run(Action<Statements> work, CancellationToken cancellation) => file.Run((db, _) =>
    {
        work(db);
        return Task.FromResult(true);
    }, cancellation);

    [LoggerMessage(LogLevel.Warning, "Nobody has a queue '{Queue}': {MessageId}, on which nothing depends, was not sent. Nor will others be, of which nothing is logged")]
    partial void LogNobodyThere(string queue, string messageId);
}

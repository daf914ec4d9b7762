using System.Collections.Concurrent;
using System.Data.Common;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>How an endpoint uses queue tables.</summary>
/// <param name="Lease">How long a message stays with a process that has died.</param>
/// <param name="Poll">How long another engine's messages may wait unseen.</param>
sealed record QueueSettings(string Schema, IReadOnlyDictionary<string, string> SchemaOfQueue, string DelayedSuffix, int DelayedAtOnce, TimeSpan Lease, TimeSpan Poll, SubscriptionSource Subscriptions)
{
    /// <summary>True for a column more, with bodies as text.</summary>
    public bool ShowsBodies { get; init; }
}

/// <summary>Queues as tables of a database server, in the shape of NServiceBus's SQL transports.</summary>
sealed partial class ServerQueues : ITransport
{
    /// <summary>On a message that waits in the table of another endpoint than the one it is for.</summary>
    public const string ForwardDestination = "NServiceBus.SqlServer.ForwardDestination";

    static readonly TimeSpan BelievedMissing = TimeSpan.FromSeconds(2);

    readonly Database _database;
    readonly QueueSettings _settings;
    readonly TransportContext _context;
    readonly Subscribers _subscribers;
    readonly ILogger _logger;
    readonly ConcurrentDictionary<string, QueueTable> _tables = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, (bool Exists, long At)> _exists = new(StringComparer.Ordinal);

    public ServerQueues(Database database, QueueSettings settings, TransportContext context)
    {
        (_database, _settings, _context) = (database, settings, context);
        _subscribers = new Subscribers(database, settings.Subscriptions, context.Time);
        _logger = context.Logging.CreateLogger("Dovetail.Bus." + database.Dialect.Name);
    }

    public Database Database => _database;

    public QueueSettings Settings => _settings;

    public ILogger Logger => _logger;

    public QueueTable ErrorQueue => Find(_context.ErrorQueue);

    public bool InstallsItself => false;

    public string Address(string queue) => Find(queue).Address;

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => _database.Create(
        [.. _database.Dialect.CreateSubscriptions(_settings.Subscriptions.Table), .. queues.Select(Find).DistinctBy(queue => queue.Table).SelectMany(queue => _database.Dialect.CreateQueue(queue, _settings.ShowsBodies))], cancellation);

    public async Task<QueueLength> Length(string queue, CancellationToken cancellation)
    {
        var table = Find(queue);
        return (await Look(table, await IsOurs(table) ? _database.Dialect.Measure(table).With() : _database.Dialect.MeasureTheirs(table).With(), row => new QueueLength(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)))).Single();
    }

    public async Task<long> Waiting(string queue, CancellationToken cancellation)
    {
        var table = Find(queue);
        return (await Look(table, _database.Dialect.CountRoughly(table).With(), row => Convert.ToInt64(row.GetValue(0), System.Globalization.CultureInfo.InvariantCulture))).Single();
    }

    public async Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation)
    {
        var table = Find(queue);
        var rows = await Look(table, (await IsOurs(table) ? _database.Dialect.Peek(table) : _database.Dialect.PeekTheirs(table)).With((long)most), QueueRow.Read);
        return [.. rows.Select(row => new ReceivedMessage(queue, row.Id.ToString(), QueueRow.HeadersOf(row.Headers), row.Body, row.Attempts, null))];
    }

    public Task Purge(string queue, CancellationToken cancellation) => _database.ChangeAlone([.. _database.Dialect.Purge(Find(queue)).Select(text => text.With())], cancellation);

    public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => _subscribers.Subscribe(_context.EndpointName, Address(queue), events, cancellation);

    public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => _subscribers.Unsubscribe(_context.EndpointName, events, cancellation);

    public async Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        var sent = await Prepare(operations);
        if (sent.Statements.Count > 0) await _database.Change(sent.Statements);
        sent.Ring();
    }

    public IReceiver Receive(string queue)
    {
        _database.Bell.Listen();
        return new ServerReceiver(this, Find(queue), queue, _context.Time);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>A queue by its name or its address.</summary>
    public QueueTable Find(string queue) => _tables.GetOrAdd(queue, static (queue, queues) => queues.Make(queue), this);

    /// <summary>What puts messages into their queues, within whatever transaction.</summary>
    public async Task<Sending> Prepare(IReadOnlyList<OutgoingOperation> operations)
    {
        var sending = new Sending(_database.Bell);
        foreach (var (operation, table) in await Addressed(operations)) await Add(sending, operation, table);
        return sending;
    }

    /// <summary>Each with where it goes. Of those of one id that go to one queue the last one counts.</summary>
    async ValueTask<IReadOnlyCollection<(OutgoingOperation Operation, QueueTable Table)>> Addressed(IReadOnlyList<OutgoingOperation> operations)
    {
        if (operations is [{ Target: Target.Queue { Address: var only } } single]) return [(single, Find(only))];
        var addressed = new OrderedDictionary<(string, string), (OutgoingOperation, QueueTable)>(operations.Count);
        foreach (var operation in operations)
        {
            if (operation.Target is Target.Queue { Address: var queue }) Add(operation, Find(queue));
            else foreach (var subscriber in await _subscribers.Of(((Target.Subscribers)operation.Target).Event)) Add(operation, Find(subscriber));
        }
        return addressed.Values;

        void Add(OutgoingOperation operation, QueueTable table) => addressed[(operation.MessageId, table.Table)] = (operation, table);
    }

    async ValueTask Add(Sending sending, OutgoingOperation operation, QueueTable table)
    {
        if (operation.MayGetLost && !await Exists(table.Table))
        {
            LogNobodyThere(table.Name, operation.MessageId);
            return;
        }

        // A row's id is its own: the message's id is in its headers.
        var (id, body) = (Guid.NewGuid(), Bytes(operation.Body));
        if (operation.DueAt is { } due)
        {
            var (waiting, headers) = await WaitingRoom(table, operation.Headers);
            sending.Add(waiting, waiting.SendDelayed.With(id, HeadersJson.Write(headers), body, due) with { Refused = Missing(table.Name) });
        }
        else
        {
            var expires = operation.ExpiresAfter is { } worth ? _context.Time.GetUtcNow() + worth : (DateTimeOffset?)null;
            sending.Add(table, table.Send.With(id, expires, HeadersJson.Write(operation.Headers), body) with { Refused = Missing(table.Name) });
        }
    }

    /// <summary>Where a delayed message waits: at its destination; or where that has no table for it, in the sender's own, from where it is sent on when it is due.</summary>
    async ValueTask<(QueueTable, Dictionary<string, string>)> WaitingRoom(QueueTable destination, Dictionary<string, string> headers)
    {
        if (await Exists(destination.Delayed)) return (destination, headers);
        var own = Find(_context.EndpointName);
        if (!await Exists(destination.Table) || !await Exists(own.Delayed)) return (destination, headers);
        return (own, new Dictionary<string, string>(headers, StringComparer.Ordinal) { [ForwardDestination] = destination.Address });
    }

    public Func<DbException, Exception?> Missing(string queue) => failure => _database.Dialect.Sort(failure) == Fault.MissingTable ? NotFound(queue, failure) : null;

    public static QueueNotFoundException NotFound(string queue, Exception failure) =>
        new(queue, $"There is no queue '{queue}' in the bus's database, or a table beside it is missing. Start the endpoint of that name once with installers enabled, or mend the route.", failure);

    async Task<List<T>> Look<T>(QueueTable table, Statement statement, Func<DbDataReader, T> read)
    {
        try
        {
            return await _database.Ask(statement, read);
        }
        catch (Exception failure) when (_database.Dialect.Sort(failure) == Fault.MissingTable)
        {
            throw NotFound(table.Name, failure);
        }
    }

    /// <summary>False for a queue that another engine made: it has no claims.</summary>
    ValueTask<bool> IsOurs(QueueTable table) => Exists(table.Claims);

    async ValueTask<bool> Exists(string table)
    {
        if (_exists.TryGetValue(table, out var known) && (known.Exists || _context.Time.GetElapsedTime(known.At) < BelievedMissing)) return known.Exists;
        var exists = (await _database.Ask(_database.Dialect.Exists.With(table), row => row.GetBoolean(0))).Single();
        _exists[table] = (exists, _context.Time.GetTimestamp());
        return exists;
    }

    QueueTable Make(string queue)
    {
        var (schema, name) = _database.Dialect.Parse(queue, schema => schema == _settings.Schema || _settings.SchemaOfQueue.Values.Contains(schema));
        if (name.Length == 0) throw new FormatException($"'{queue}' names no queue. Give the name of an endpoint, or an address that ends with one.");
        _database.Dialect.CheckQueue(name);
        return new QueueTable(_database.Dialect, _settings.SchemaOfQueue.GetValueOrDefault(name) ?? schema ?? _settings.Schema, name, _settings.DelayedSuffix);
    }

    static byte[] Bytes(ReadOnlyMemory<byte> body) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : body.ToArray();

    [LoggerMessage(LogLevel.Warning, "Nobody has a queue '{Queue}' any more; receipt {MessageId} was not sent")]
    partial void LogNobodyThere(string queue, string messageId);
}

/// <summary>Messages on their way into queues.</summary>
sealed class Sending(Bell bell)
{
    readonly HashSet<string> _touched = new(StringComparer.Ordinal);

    public List<Statement> Statements { get; } = [];

    public void Add(QueueTable queue, Statement statement)
    {
        Statements.Add(statement);
        _touched.Add(queue.Address);
    }

    /// <summary>Once they are committed.</summary>
    public void Ring() => bell.Ring(_touched);
}

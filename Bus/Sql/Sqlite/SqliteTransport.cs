using Dovetail.Bus.Handlers;
using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NServiceBus;
using NServiceBus.Persistence;
using NServiceBus.Persistence.Sql;
using NServiceBus.Transport;

namespace Dovetail.Bus;

/// <summary>Queues in one SQLite file: durable, for one machine, with nothing to install.</summary>
/// <param name="path">The database file; made if it does not exist.</param>
public sealed class SqliteTransport(string path) : TransportDefinition
{
    /// <summary>How long a message stays with a process that has died before another takes it. Renewed while a handler runs.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long another process's messages and delayed ones may wait unseen; this process's own are seen at once.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long to wait for another process that writes before the file counts as away.</summary>
    /// <remarks>Clearly shorter than a lease, or leases end while one waits.</remarks>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>False trades the last milliseconds before a power cut for speed; a killed process loses nothing either way.</summary>
    public bool SurvivesPowerCuts { get; init; } = true;

    /// <summary>Taken by the bus while it writes. Whoever else writes to the file in this process takes it too: then they wait for each other in line, and don't sleep until SQLite looks again.</summary>
    /// <remarks>With room for one. All endpoints of the process that share the file give the same, or none.</remarks>
    public SemaphoreSlim? WriteTurns { get; init; }

    internal override string Describe() => $"SQLite file {path}; a message of a process that died comes again after {LeaseDuration:c}";

    internal override ITransport Create(TransportContext context) => new SqliteQueues(
        SqliteFile.Open(path, SqliteDialect.Pragmas(BusyTimeout, SurvivesPowerCuts), WriteTurns, context.Time, context.Logging), context, LeaseDuration, PollInterval);
}

/// <summary>Saga state in the file of the <see cref="SqliteTransport"/>, committed together with messages.</summary>
public sealed class SqlitePersistence : PersistenceDefinition, IPersistenceDefinitionFactory<SqlitePersistence>
{
    SqlitePersistence()
    {
    }

    static SqlitePersistence IPersistenceDefinitionFactory<SqlitePersistence>.Create() => new();

    internal override string Describe() => "the same file, in the same commit as the messages";

    internal override IStore Create(ITransport transport, TransportContext context) => transport is SqliteQueues queues
        ? new SqliteStore(queues.File, queues, context.EndpointName, context.Deduplicates, context.Time)
        : throw new InvalidOperationException($"Endpoint {context.EndpointName} keeps its state in SQLite but sends by another transport. Use SqliteTransport with SqlitePersistence: they share one file.");

    internal override void AddServices(IServiceCollection services) =>
        services.TryAddScoped<ISqlStorageSession>(provider => provider.GetRequiredService<StorageOfScope>().Session.SqlPersistenceSession());
}

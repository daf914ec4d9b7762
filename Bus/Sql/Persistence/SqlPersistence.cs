using System.Data.Common;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Sql.PostgreSql;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Sql.SqlServer;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NServiceBus.Persistence;
using NServiceBus.Persistence.Sql;

namespace NServiceBus;

/// <summary>Saga state and outbox in tables of a database server, for any transport.</summary>
public class SqlPersistence : PersistenceDefinition, IPersistenceDefinitionFactory<SqlPersistence>
{
    SqlPersistence()
    {
    }

    internal Func<DbConnection>? ConnectionBuilder { get; set; }

    internal string? TablePrefix { get; set; }

    internal bool Installs { get; set; } = true;

    internal bool KeepsTimeouts { get; set; }

    internal SqlDialectSettings? Dialect { get; set; }

    static SqlPersistence IPersistenceDefinitionFactory<SqlPersistence>.Create() => new();

    internal override string Describe() => $"{Dialect?.Name ?? "a database server"}: in the commit of the messages where these are in the same database, or else with an outbox in between{(KeepsTimeouts ? ", and timeouts kept here until they are due" : "")}";

    internal override IStore Create(ITransport transport, TransportContext context)
    {
        if (Dialect is null) throw new InvalidOperationException($"Endpoint {context.EndpointName} does not say which database its SQL persistence is on. Call persistence.SqlDialect<SqlDialect.PostgreSql>().");
        var dialect = Dialect.Make();
        var settings = new StoreSettings(Dialect.SchemaName ?? dialect.DefaultSchema, TablePrefix ?? context.EndpointName.Replace('.', '_') + "_", context.Deduplicates, context.Isolation) { Installs = Installs, KeepsTimeouts = KeepsTimeouts };
        var connections = ConnectionBuilder is null ? null : Connections.By(ConnectionBuilder);
        if (transport is ServerQueues queues && queues.Database.Dialect.Name == dialect.Name && Dialect.SharesTransportConnection && (connections is null || queues.Database.IsSame(connections)))
            return new ServerStore(queues.Database.Share(), queues, settings, context.Time);
        if (connections is null) throw new InvalidOperationException($"Endpoint {context.EndpointName} does not say how its SQL persistence connects. Call persistence.ConnectionBuilder(() => new NpgsqlConnection(...)).");
        return new ServerStore(Database.Open(dialect, connections, context.Time), null, settings, context.Time);
    }

    internal override void AddServices(IServiceCollection services) =>
        services.TryAddScoped<ISqlStorageSession>(provider => provider.GetRequiredService<StorageOfScope>().Session.SqlPersistenceSession());
}

/// <summary>Which database server keeps the tables.</summary>
public abstract class SqlDialect
{
    /// <summary>Says nothing more.</summary>
    protected SqlDialect()
    {
    }

    internal abstract string Name { get; }

    internal abstract ServerDialect Make(SqlDialectSettings settings);

    /// <summary>SQL Server 2017 or newer, through Microsoft.Data.SqlClient. It was never run against a server: docs/sql-server.md says what was tested.</summary>
    public class MsSqlServer : SqlDialect
    {
        internal override string Name => "SQL Server";

        // Its tables are named without their database.
        internal override ServerDialect Make(SqlDialectSettings settings) => new SqlServerDialect("");
    }

    /// <summary>PostgreSQL 12 or newer, through Npgsql.</summary>
    public class PostgreSql : SqlDialect
    {
        internal override string Name => "PostgreSQL";

        internal override ServerDialect Make(SqlDialectSettings settings) => new PostgreSqlDialect(settings.ModifyJson);
    }
}

/// <summary>What is set for one database server.</summary>
public abstract class SqlDialectSettings
{
    readonly SqlDialect _dialect;

    /// <summary>For the dialect.</summary>
    protected SqlDialectSettings(SqlDialect dialect) => _dialect = dialect;

    internal string Name => _dialect.Name;

    internal string? SchemaName { get; set; }

    internal Action<DbParameter>? ModifyJson { get; set; }

    /// <summary>False where state is to be kept apart from the queues, though both are in one database.</summary>
    internal bool SharesTransportConnection { get; set; } = true;

    internal ServerDialect Make() => _dialect.Make(this);
}

/// <summary>What is set for one database server.</summary>
public class SqlDialectSettings<T> : SqlDialectSettings where T : SqlDialect, new()
{
    /// <summary>With the dialect's defaults.</summary>
    public SqlDialectSettings() : base(new T())
    {
    }
}

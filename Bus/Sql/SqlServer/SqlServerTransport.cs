using System.Data.Common;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Sql.SqlServer;
using Dovetail.Bus.Transport;
using Microsoft.Data.SqlClient;
using NServiceBus.Transport;
using NServiceBus.Transport.SqlServer;

namespace NServiceBus;

/// <summary>Queues in tables of a SQL Server database, in the shape of NServiceBus's transport. It was never run against a server: docs/sql-server.md says what was tested.</summary>
public class SqlServerTransport : TransportDefinition
{
    /// <summary>Connects as the string says, which must name the database.</summary>
    public SqlServerTransport(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        ConnectionString = connectionString;
        ConnectionFactory = async cancellation =>
        {
            var connection = new SqlConnection(connectionString);
            try
            {
                await connection.OpenAsync(cancellation);
                return connection;
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        };
    }

    /// <summary>Connects by a function.</summary>
    public SqlServerTransport(Func<CancellationToken, Task<SqlConnection>> connectionFactory)
    {
        ArgumentNullException.ThrowIfNull(connectionFactory);
        ConnectionFactory = connectionFactory;
    }

    /// <summary>Makes open connections.</summary>
    public Func<CancellationToken, Task<SqlConnection>> ConnectionFactory { get; }

    /// <summary>Null where a function connects.</summary>
    public string? ConnectionString { get; }

    /// <summary>Adds a column to new queue tables in which bodies can be read as text.</summary>
    public bool CreateMessageBodyComputedColumn { get; set; }

    /// <summary>The database as it stands in addresses; the connection's unless set.</summary>
    public string? DefaultCatalog { get; set; }

    /// <summary>The schema of queues for which no other is named.</summary>
    public string DefaultSchema { get; set; } = "dbo";

    /// <summary>How messages wait that are sent for later.</summary>
    public DelayedDeliveryOptions DelayedDelivery { get; } = new();

    /// <summary>Has no effect: what has expired is dropped when its turn comes.</summary>
    public ExpiredMessagesPurgerOptions ExpiredMessagesPurger { get; } = new();

    /// <summary>How often queues are looked into.</summary>
    public QueuePeekerOptions QueuePeeker { get; set; } = new();

    /// <summary>Queues in other schemas.</summary>
    public QueueSchemaAndCatalogOptions SchemaAndCatalog { get; } = new();

    /// <summary>Where subscriptions are kept.</summary>
    public SubscriptionOptions Subscriptions { get; } = new();

    /// <summary>Has no effect: while the database is away receivers pause, and an endpoint's health says so.</summary>
    public TimeSpan TimeToWaitBeforeTriggeringCircuitBreaker { get; set; } = TimeSpan.FromSeconds(30);

    internal TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    internal override string Describe() => $"SQL Server, schema {DefaultSchema}; a message of a process that died comes again after {Lease:c}";

    internal override ITransport Create(TransportContext context)
    {
        var connections = ConnectionString is { } text
            ? Connections.By(() => new SqlConnection(text))
            : new Connections($"a function {System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(ConnectionFactory)}", async cancellation => (DbConnection)await ConnectionFactory(cancellation));
        var dialect = new SqlServerDialect(DefaultCatalog ?? CatalogOf(connections));
        var subscriptions = Subscriptions.SubscriptionTableName;
        return new ServerQueues(
            Database.Open(dialect, connections, context.Time),
            new QueueSettings(
                DefaultSchema, SchemaAndCatalog.SchemaOfQueues, DelayedDelivery.TableSuffix, DelayedDelivery.BatchSize, Lease, QueuePeeker.Delay,
                new SubscriptionSource(dialect.Table(subscriptions.Schema ?? DefaultSchema, subscriptions.Table), Subscriptions.DisableCaching ? TimeSpan.Zero : Subscriptions.CacheInvalidationPeriod))
            {
                ShowsBodies = CreateMessageBodyComputedColumn,
            },
            context);
    }

    static string CatalogOf(Connections connections) => connections.Place.Database is { Length: > 0 } database ? database
        : throw new InvalidOperationException("The connection string of the SQL Server transport names no database, which is part of each queue's address. Add Initial Catalog=..., or set DefaultCatalog.");
}

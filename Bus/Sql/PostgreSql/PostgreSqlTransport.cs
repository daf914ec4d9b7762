using System.Data.Common;
using Dovetail.Bus.Sql.PostgreSql;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Transport;
using Npgsql;
using NServiceBus.Transport;
using NServiceBus.Transport.PostgreSql;

namespace NServiceBus;

/// <summary>Queues in tables of a PostgreSQL database, in the shape of NServiceBus's transport: endpoints of either engine may share them.</summary>
public class PostgreSqlTransport : TransportDefinition
{
    /// <summary>Connects as the string says; the pool behind it is Npgsql's.</summary>
    public PostgreSqlTransport(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        ConnectionString = connectionString;
        ConnectionFactory = async cancellation =>
        {
            var connection = new NpgsqlConnection(connectionString);
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

    /// <summary>Connects by a function, for instance of a data source that renews its passwords.</summary>
    public PostgreSqlTransport(Func<CancellationToken, Task<NpgsqlConnection>> connectionFactory)
    {
        ArgumentNullException.ThrowIfNull(connectionFactory);
        ConnectionFactory = connectionFactory;
    }

    /// <summary>Makes open connections.</summary>
    public Func<CancellationToken, Task<NpgsqlConnection>> ConnectionFactory { get; }

    /// <summary>Null where a function connects.</summary>
    public string? ConnectionString { get; }

    /// <summary>Adds a column to new queue tables in which bodies can be read as text.</summary>
    public bool CreateMessageBodyComputedColumn { get; set; }

    /// <summary>The schema of queues for which no other is named.</summary>
    public string DefaultSchema { get; set => field = Named(value); } = "public";

    /// <summary>How messages wait that are sent for later.</summary>
    public DelayedDeliveryOptions DelayedDelivery { get; } = new();

    /// <summary>How often queues are looked into.</summary>
    public QueuePeekerOptions QueuePeeker { get; } = new();

    /// <summary>Queues in other schemas.</summary>
    public QueueSchemaOptions Schema { get; } = new();

    /// <summary>Where subscriptions are kept.</summary>
    public SubscriptionOptions Subscriptions { get; } = new();

    /// <summary>Has no effect: while the database is away receivers pause, and an endpoint's health says so.</summary>
    public TimeSpan TimeToWaitBeforeTriggeringCircuitBreaker { get; set; } = TimeSpan.FromSeconds(30);

    internal TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    internal override string Describe() => $"PostgreSQL, schema {DefaultSchema}; a message of a process that died comes again after {Lease:c}";

    internal override ITransport Create(TransportContext context)
    {
        var dialect = new PostgreSqlDialect();
        var subscriptions = Subscriptions.SubscriptionTableName;
        var connections = ConnectionString is { } text
            ? Connections.By(() => new NpgsqlConnection(text))
            : new Connections($"a function {System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(ConnectionFactory)}", async cancellation => (DbConnection)await ConnectionFactory(cancellation));
        return new ServerQueues(
            Database.Open(dialect, connections, context.Time),
            new QueueSettings(
                DefaultSchema, Schema.OfQueues, DelayedDelivery.TableSuffix, DelayedDelivery.BatchSize, Lease, QueuePeeker.Delay,
                new SubscriptionSource(dialect.Table(subscriptions.Schema ?? DefaultSchema, subscriptions.Table), Subscriptions.DisableCaching ? TimeSpan.Zero : Subscriptions.CacheInvalidationPeriod))
            {
                ShowsBodies = CreateMessageBodyComputedColumn,
            },
            context);
    }

    static string Named(string schema)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(schema);
        return schema;
    }
}

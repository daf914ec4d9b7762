using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using NServiceBus;

namespace Dovetail.Bus.Victim;

/// <summary>Two endpoints with one of everything that a message can lead to.</summary>
static class SmallSystem
{
    public const string Desk = "Desk";
    public const string Floor = "Floor";

    public static IReadOnlyList<string> Queues { get; } = [Desk, Floor];

    /// <summary>In a connection string to PostgreSQL; whatever lacks it is the path of a SQLite file.</summary>
    const string SchemaIn = "Search Path=";

    /// <summary>Between the address of RabbitMQ, which has the queues, and the connection string.</summary>
    const string And = " and ";

    static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    public static IHost Build(string database, Ledger ledger)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(new Effects(ledger));
        Add(builder, database, Desk, (endpoint, routing) =>
        {
            endpoint.AddHandler<OpenStoryHandler>();
            endpoint.AddHandler<LookAgainHandler>();
            endpoint.AddHandler<StumbleHandler>();
            endpoint.AddHandler<StoryOpenedAtDeskHandler>();
            endpoint.AddSaga<Negotiation>();
            foreach (var command in new[] { typeof(CountCommand), typeof(RingCommand), typeof(AskCommand) }) routing.RouteToEndpoint(command, Floor);
        });
        Add(builder, database, Floor, (endpoint, _) =>
        {
            endpoint.AddHandler<CountHandler>();
            endpoint.AddHandler<RingHandler>();
            endpoint.AddHandler<AskHandler>();
            endpoint.AddHandler<StoryOpenedAtFloorHandler>();
            endpoint.AddHandler<NegotiatedHandler>();
        });
        return builder.Build();
    }

    public static RoutingSettings Configure(EndpointConfiguration endpoint, string database)
    {
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.AssemblyScanner().Disable = true;
        endpoint.Conventions()
            .DefiningCommandsAs(type => type == typeof(OpenStory) || type.Name.EndsWith("Command", StringComparison.Ordinal))
            .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal))
            .DefiningMessagesAs(type => type == typeof(HurryMessage) || type == typeof(AnswerMessage));
        return database.Split(And) switch
        {
            [var broker, var store] => UseRabbitMQ(endpoint, broker, store),
            [var store] when store.Contains(SchemaIn, StringComparison.Ordinal) => UsePostgreSql(endpoint, store),
            _ => UseSqlite(endpoint, database),
        };
    }

    static RoutingSettings UseRabbitMQ(EndpointConfiguration endpoint, string broker, string connectionString)
    {
        var persistence = endpoint.UsePersistence<SqlPersistence>();
        persistence.ConnectionBuilder(() => new NpgsqlConnection(connectionString));
        persistence.SqlDialect<SqlDialect.PostgreSql>().Schema(new NpgsqlConnectionStringBuilder(connectionString).SearchPath!);
        // The broker's delay queues are under test all the same: by messages that handlers delay.
        persistence.KeepTimeoutsUntilDue();
        endpoint.EnableInstallers();
        return endpoint.UseTransport(new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), broker)
        {
            NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200),
            // Asked of the management API by every process that is begun; they have tests of their own.
            DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled, ValidateDeliveryLimits = false,
        });
    }

    static RoutingSettings UseSqlite(EndpointConfiguration endpoint, string path)
    {
        endpoint.UsePersistence<SqlitePersistence>();
        return endpoint.UseTransport(new SqliteTransport(path)
        {
            // A process that stands still inside a commit, to be killed there, keeps all others waiting until it is.
            LeaseDuration = Lease, PollInterval = TimeSpan.FromMilliseconds(50), BusyTimeout = TimeSpan.FromSeconds(30),
        });
    }

    static RoutingSettings UsePostgreSql(EndpointConfiguration endpoint, string connectionString)
    {
        var schema = new NpgsqlConnectionStringBuilder(connectionString).SearchPath!;
        endpoint.UsePersistence<SqlPersistence>().SqlDialect<SqlDialect.PostgreSql>().Schema(schema);
        endpoint.EnableInstallers();
        var transport = new PostgreSqlTransport(connectionString) { DefaultSchema = schema, QueuePeeker = { Delay = TimeSpan.FromMilliseconds(100) } };
        transport.LeaseMessagesFor(Lease);
        return endpoint.UseTransport(transport);
    }

    static void Add(HostApplicationBuilder builder, string database, string name, Action<EndpointConfiguration, RoutingSettings> more)
    {
        var endpoint = new EndpointConfiguration(name);
        var routing = Configure(endpoint, database);
        endpoint.SendFailedMessagesTo("error");
        endpoint.AuditProcessedMessagesTo("audit");
        endpoint.LimitMessageProcessingConcurrencyTo(6);
        if (database.Contains(And, StringComparison.Ordinal)) endpoint.EnableOutbox();

        // A message may be in hand at several kills, each of which counts as an attempt.
        endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(8)).Delayed(retries => retries.NumberOfRetries(3).TimeIncrease(TimeSpan.FromMilliseconds(50)));
        more(endpoint, routing);
        builder.Services.AddNServiceBusEndpoint(endpoint, name);
    }
}

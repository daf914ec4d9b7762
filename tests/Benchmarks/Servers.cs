using Npgsql;
using NServiceBus;

namespace Dovetail.Benchmarks;

/// <summary>The servers that environment variables point to: those of the tests, or others.</summary>
static class Servers
{
    /// <summary>An AMQP URI.</summary>
    public static string RabbitMQ => Find("DOVETAIL_TEST_RABBITMQ");

    /// <summary>Its management API, which takes the same user.</summary>
    public static string RabbitMQManagement => Find("DOVETAIL_TEST_RABBITMQ_MANAGEMENT");

    /// <summary>A connection string of Npgsql.</summary>
    public static string Postgres => Find("DOVETAIL_TEST_POSTGRES");

    /// <summary>Quorum queues; nothing is measured that delays messages, and nothing asked by the management API.</summary>
    public static RabbitMQTransport Transport() => new(RoutingTopology.Conventional(QueueType.Quorum), RabbitMQ, enableDelayedDelivery: false)
    {
        DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled, ValidateDeliveryLimits = false,
    };

    /// <summary>Version and settings of PostgreSQL that a figure depends on.</summary>
    public static async Task<string> DescribePostgres()
    {
        await using var data = NpgsqlDataSource.Create(Postgres);
        await using var command = data.CreateCommand("SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    static string Find(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"Set {name}: `tests/servers up` starts what is needed, and artifacts/servers/env says where it is.");
}

using System.Data.Common;
using Npgsql;

namespace Dovetail.Hub.Settings;

/// <summary>Where queues and state are, as the connection strings say: on a RabbitMQ broker and in PostgreSQL, in PostgreSQL alone, or in a SQLite file.</summary>
/// <param name="Database">The connection string of <c>ConnectionStrings:Dovetail</c>.</param>
/// <param name="IsServer">True for PostgreSQL, false for a SQLite file.</param>
/// <param name="Broker">Null where queues are tables in the database.</param>
sealed record Places(string Database, bool IsServer, Uri? Broker)
{
    const string DatabaseKey = "ConnectionStrings:Dovetail";
    const string BrokerKey = "ConnectionStrings:RabbitMQ";

    // An address knows the ports of the web only.
    const int PortOfBroker = 5672;
    const int PortOfBrokerWithTls = 5671;

    public int BrokerPort => Broker switch
    {
        { Port: > 0 } named => named.Port,
        { Scheme: "amqps" } => PortOfBrokerWithTls,
        _ => PortOfBroker,
    };

    /// <summary>Without the password: it goes into logs.</summary>
    public string BrokerName => $"RabbitMQ{Broker?.AbsolutePath.TrimEnd('/').Replace('/', ' ')} on {Broker?.Host}:{BrokerPort}";

    /// <exception cref="InvalidOperationException">They contradict each other, or are none.</exception>
    public static Places Of(IConfiguration configuration) => Faults(configuration).ToList() is { Count: > 0 } faults
        ? throw new InvalidOperationException(string.Join(" ", faults))
        : new Places(configuration[DatabaseKey]!, IsServerIn(configuration[DatabaseKey]!), configuration[BrokerKey] is { Length: > 0 } broker ? new Uri(broker) : null);

    /// <summary>Whether a text is a connection string of PostgreSQL, which names a host.</summary>
    public static bool IsServerIn(string? connectionString)
    {
        try
        {
            return connectionString?.Contains('=', StringComparison.Ordinal) == true && new DbConnectionStringBuilder { ConnectionString = connectionString }.ContainsKey("Host");
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// A connection string of PostgreSQL as the hub uses it, whatever the operator has said nothing about: statements that come again are prepared, and a connection
    /// goes back to its pool as it is, since nothing here changes its session.
    /// </summary>
    /// <returns>Anything else as it came.</returns>
    public static string? Prepared(string? connectionString)
    {
        if (!IsServerIn(connectionString) || Fault(connectionString!) is not null) return connectionString;
        var said = new DbConnectionStringBuilder { ConnectionString = connectionString };
        foreach (var (key, value) in new[] { ("Max Auto Prepare", "100"), ("No Reset On Close", "true") })
        {
            if (!said.Keys.Cast<string>().Any(one => one.Replace(" ", "", StringComparison.Ordinal).Equals(key.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))) said[key] = value;
        }
        return said.ConnectionString;
    }

    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        var isServer = IsServerIn(configuration[DatabaseKey]);
        if (isServer && Fault(configuration[DatabaseKey]!) is { } wrong)
            yield return $"{DatabaseKey} is no connection string of PostgreSQL: {wrong} Give one such as Host=db;Database=dovetail;Username=dovetail;Password=...";
        if (configuration[BrokerKey] is not { Length: > 0 } broker) yield break;
        if (!Uri.TryCreate(broker, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or "amqps"))
            yield return $"{BrokerKey} is no address of a broker; give one such as amqps://name:password@rabbit:5671/dovetail, or leave it out to have the queues in the database.";
        if (!isServer)
            yield return $"{BrokerKey} is set, but {DatabaseKey} names a file: beside a broker the state must be on a server. Set {DatabaseKey} to PostgreSQL, such as Host=db;Database=dovetail;Username=..., or leave {BrokerKey} out.";
    }

    static string? Fault(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).Host is { Length: > 0 } ? null : "it names no host.";
        }
        catch (ArgumentException wrong)
        {
            return wrong.Message;
        }
    }
}

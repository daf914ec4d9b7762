using System.Collections.Concurrent;
using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Dovetail.Bus.RabbitMQ.Connections;

/// <summary>Opens connections to whichever node of the broker answers.</summary>
sealed partial class BrokerConnections(RabbitMQTransport settings, TransportContext context, ILogger logger)
{
    static readonly TimeSpan Handshake = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Suspicion = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<ClusterNode, long> _failedAt = [];

    /// <param name="purpose">Shows in the broker's list of connections.</param>
    /// <exception cref="StoreAwayException">No node answers, or none lets this user in.</exception>
    public async Task<IConnection> Open(string purpose, CancellationToken cancellation)
    {
        try
        {
            var connection = await OpenAny(purpose, cancellation);
            connection.ConnectionBlockedAsync += (_, blocked) =>
            {
                LogBlocked(settings.Address, blocked.Reason, purpose);
                return Task.CompletedTask;
            };
            connection.ConnectionUnblockedAsync += (_, _) =>
            {
                LogUnblocked(settings.Address, purpose);
                return Task.CompletedTask;
            };
            return connection;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && BrokerErrors.IsAway(failure))
        {
            throw new StoreAwayException($"{Told(failure)} (connection '{purpose}')", failure);
        }
    }

    string Told(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationFailureException or PossibleAuthenticationFailureException)
                return $"RabbitMQ at {settings.Address} refused user '{settings.Address.UserName}'. Look at its password, and at its permissions on virtual host '{settings.Address.VirtualHost}'";
        }
        return $"RabbitMQ at {settings.Address} can't be reached. Start it, or mend the connection string";
    }

    ConnectionFactory Factory(HandshakeLimit limit) => new()
    {
        UserName = settings.Address.UserName,
        Password = settings.Address.Password,
        VirtualHost = settings.Address.VirtualHost,
        RequestedHeartbeat = settings.HeartbeatInterval,
        RequestedConnectionTimeout = Handshake,
        // What was in hand when a connection is lost has to be known as lost: receivers and publisher connect again by themselves.
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        AuthMechanisms = settings.ClientCertificate is null ? ConnectionFactory.DefaultAuthMechanisms : [new ExternalMechanismFactory(), .. ConnectionFactory.DefaultAuthMechanisms],
        ClientProperties = Properties(settings.Address, context),
        SocketFactory = limit.Next,
    };

    /// <summary>Asks one node after the other. The client, given all of them, asks no other once it has reached one, even if that says nothing.</summary>
    async Task<IConnection> OpenAny(string purpose, CancellationToken cancellation)
    {
        var failures = new List<Exception>();
        foreach (var node in Nodes())
        {
            try
            {
                using var limit = new HandshakeLimit(Handshake, context.Time);
                var connection = await Factory(limit).CreateConnectionAsync([new AmqpTcpEndpoint(node.Host, node.Port, Tls(node))], purpose, cancellation);
                connection.ConnectionShutdownAsync += (_, end) =>
                {
                    if (end.Initiator != ShutdownInitiator.Application) _failedAt[node] = context.Time.GetTimestamp();
                    return Task.CompletedTask;
                };
                return connection;
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && BrokerErrors.IsAway(failure))
            {
                _failedAt[node] = context.Time.GetTimestamp();
                failures.Add(failure);
            }
        }
        throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }

    /// <summary>In any order, so that connections spread over them; those last that could not be reached a moment ago, or broke off.</summary>
    IEnumerable<ClusterNode> Nodes()
    {
        ClusterNode[] nodes = [new(settings.Address.Host, settings.Address.Port, settings.Address.UseTls), .. settings.Nodes];
        Random.Shared.Shuffle(nodes);
        return nodes.OrderBy(node => _failedAt.TryGetValue(node, out var at) && context.Time.GetElapsedTime(at) < Suspicion);
    }

    SslOption Tls(ClusterNode node) => new()
    {
        Enabled = node.UseTls,
        ServerName = node.Host,
        Certs = settings.ClientCertificate is { } certificate ? new X509CertificateCollection { certificate } : null,
        AcceptablePolicyErrors = settings.ValidateRemoteCertificate ? SslPolicyErrors.None
            : SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable,
    };

    static Dictionary<string, object?> Properties(BrokerAddress address, TransportContext context) => new()
    {
        ["client_api"] = "Dovetail",
        ["application"] = Assembly.GetEntryAssembly()?.GetName().Name ?? "",
        ["application_location"] = AppContext.BaseDirectory,
        ["machine_name"] = Environment.MachineName,
        ["user"] = address.UserName,
        ["endpoint_name"] = context.EndpointName,
    };

    [LoggerMessage(LogLevel.Warning, "RabbitMQ at {Broker} takes no messages from connection '{Purpose}' at the moment: {Reason}. Whoever sends waits; free memory or disk on the broker")]
    partial void LogBlocked(BrokerAddress broker, string reason, string purpose);

    [LoggerMessage(LogLevel.Information, "RabbitMQ at {Broker} takes messages from connection '{Purpose}' again")]
    partial void LogUnblocked(BrokerAddress broker, string purpose);
}

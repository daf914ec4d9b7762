using Dovetail.Bus.Sagas;
using NServiceBus;
using NServiceBus.Persistence;
using NServiceBus.Serialization;
using NServiceBus.Transport;

namespace Dovetail.Bus.Configuration;

/// <summary>What was configured for one endpoint, until it starts.</summary>
sealed class EndpointSettings(string endpointName)
{
    public string EndpointName { get; } = endpointName;

    public bool SendOnly { get; set; }

    public Conventions Conventions { get; } = new();

    public TransportDefinition? Transport { get; set; }

    public PersistenceDefinition? Persistence { get; set; }

    public SerializationDefinition? Serialization { get; set; }

    public RoutingTable Routing { get; } = new();

    public List<Type> Handlers { get; } = [];

    public List<SagaDefinition> Sagas { get; } = [];

    public RetryPolicySettings Retries { get; } = new();

    public string ErrorQueue { get; set; } = "error";

    public string? AuditQueue { get; set; }

    public TimeSpan? AuditTimeToBeReceived { get; set; }

    public int Concurrency { get; set; } = Math.Max(2, Environment.ProcessorCount);

    public bool InstallersEnabled { get; set; }

    public bool PurgeOnStartup { get; set; }

    public bool ScanningDisabled { get; set; }

    public bool TransactionalSessionEnabled { get; set; }

    public HostIdentity Host { get; } = new();

    public Dictionary<string, string> StaticHeaders { get; } = new(StringComparer.Ordinal);

    public HashSet<Type> NotSubscribed { get; } = [];

    public bool Taken { get; set; }
}

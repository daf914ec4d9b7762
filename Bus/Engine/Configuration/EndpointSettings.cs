using Dovetail.Bus.CustomChecks;
using Dovetail.Bus.Outbox;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Sagas;
using NServiceBus;
using NServiceBus.Persistence;
using NServiceBus.Pipeline;
using NServiceBus.Serialization;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Configuration;

/// <summary>What was configured for one endpoint, until it starts.</summary>
sealed class EndpointSettings(string endpointName)
{
    public string EndpointName { get; } = endpointName;

    public bool SendOnly { get; set; }

    /// <summary>The shared queue that the endpoint reads; its name unless overridden.</summary>
    public string Queue { get; set; } = endpointName;

    /// <summary>Names this instance's own queue; null if it has none.</summary>
    public string? Discriminator { get; set; }

    public string? PublicReturnAddress { get; set; }

    public Func<ConversationIdStrategyContext, ConversationId>? ConversationStrategy { get; set; }

    public Conventions Conventions { get; } = new();

    public TransportDefinition? Transport { get; set; }

    public PersistenceDefinition? Persistence { get; set; }

    public SerializationDefinition? Serialization { get; set; }

    /// <summary>Further ways in which bodies may be written, told apart by their content type.</summary>
    public List<SerializationDefinition> Deserializers { get; } = [];

    public RoutingTable Routing { get; } = new();

    public List<Type> Handlers { get; } = [];

    public List<SagaDefinition> Sagas { get; } = [];

    /// <summary>True if it is meant that several sagas have state of one class.</summary>
    public bool SagasShareStateClasses { get; set; }

    /// <summary>Objects registered by hand; each may mutate at several places.</summary>
    public List<object> Mutators { get; } = [];

    public PipelineSettings Pipeline { get; } = new();

    public RetryPolicySettings Retries { get; } = new();

    public string ErrorQueue { get; set; } = "error";

    /// <summary>Null where nothing is audited. An operator may name the queue, or switch auditing off, by the environment.</summary>
    public string? AuditQueue
    {
        get => bool.TryParse(Environment.GetEnvironmentVariable("NSERVICEBUS__AUDIT__DISABLED"), out var disabled) && disabled ? null
            : field ?? (Environment.GetEnvironmentVariable("NSERVICEBUS__AUDIT__ADDRESS") is { Length: > 0 } address ? address : null);
        set;
    }

    public TimeSpan? AuditTimeToBeReceived { get; set; }

    public int Concurrency { get; set; } = Math.Max(2, Environment.ProcessorCount);

    public bool InstallersEnabled { get; set; }

    /// <summary>Who is to be allowed to use what installers create; null for the user of the process.</summary>
    public string? InstallerIdentity { get; set; }

    /// <summary>Installers of the application.</summary>
    public List<Type> Installers { get; } = [];

    /// <summary>Is handed, as JSON, what the endpoint is configured to do when it starts; null where the log is enough.</summary>
    public Func<string, CancellationToken, Task>? DiagnosticsWriter { get; set; }

    public bool PurgeOnStartup { get; set; }

    public bool ScanningDisabled { get; set; }

    /// <summary>Null without sessions outside handlers.</summary>
    public TransactionalSessionOptions? TransactionalSession { get; set; }

    public WatchSettings Watch { get; } = new();

    public Func<ICriticalErrorContext, CancellationToken, Task>? OnCriticalError { get; set; }

    public OutboxPolicy Outbox { get; } = new();

    public CustomCheckSettings CustomChecks { get; } = new();

    public PlatformSettings Platform { get; } = new();

    public HostIdentity Host { get; } = new();

    public Dictionary<string, string> StaticHeaders { get; } = new(StringComparer.Ordinal);

    public HashSet<Type> NotSubscribed { get; } = [];

    public bool SubscribesSagas { get; set; } = true;

    public bool Taken { get; set; }
}

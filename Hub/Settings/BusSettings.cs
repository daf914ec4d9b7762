using NServiceBus;

namespace Dovetail.Hub.Settings;

/// <summary>Section <c>Bus</c>: how the endpoints of all roles treat their messages.</summary>
sealed class BusSettings
{
    public const string Section = "Bus";

    /// <summary>How many messages an endpoint handles at once.</summary>
    public int Concurrency { get; set; } = 8;

    public int ImmediateRetries { get; set; } = 2;

    public int DelayedRetries { get; set; } = 3;

    /// <summary>Each delayed retry waits longer than the one before by this much.</summary>
    public TimeSpan DelayedRetryIncrease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Who sends a retry twice from the error queue has it handled once. A day is enough for that, and keeps the file small.</summary>
    public TimeSpan RememberHandledFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>After how long another process takes over what one has in hand that died.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Creates queues and tables that are missing when a role starts. False on servers where only <c>setup</c> may.</summary>
    public bool Install { get; set; } = true;

    /// <summary>Where the management API of RabbitMQ is, such as <c>http://rabbit:15672</c>; without it, on the broker's host, at the port that is usual there.</summary>
    public string? BrokerManagement { get; set; }

    /// <summary>Further nodes of RabbitMQ's cluster, for when the first can't be reached: <c>rabbit-2:5672;rabbit-3:5672</c>.</summary>
    public string? BrokerNodes { get; set; }

    /// <summary>What the endpoints tell ServiceControl about themselves, beside the copies of their messages. Nothing unless a section is enabled: what nobody reads is not to be sent.</summary>
    public ServicePlatformConnectionConfiguration ServicePlatform { get; set; } = new()
    {
        Heartbeats = new() { HeartbeatsQueue = "Particular.ServiceControl" },
        CustomChecks = new() { CustomChecksQueue = "Particular.ServiceControl" },
        SagaAudit = new() { SagaAuditQueue = "audit" },
        Metrics = new() { MetricsQueue = "Particular.Monitoring", Interval = TimeSpan.FromSeconds(1) },
    };

    public static BusSettings Read(IConfiguration configuration) => configuration.GetSection(Section).Get<BusSettings>() ?? new();
}

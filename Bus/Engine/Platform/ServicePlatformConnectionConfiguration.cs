using System.Text.Json;
using System.Text.Json.Serialization;

namespace NServiceBus;

/// <summary>All that connects an endpoint to the platform, as ServicePulse writes it down for an endpoint.</summary>
public class ServicePlatformConnectionConfiguration
{
    static readonly JsonSerializerOptions AnyCase = new() { PropertyNameCaseInsensitive = true };

    /// <summary>Where checks report; null for nowhere.</summary>
    public ServicePlatformCustomChecksConfiguration? CustomChecks { get; set; }

    /// <summary>Where messages go that failed for good; null to leave that as it is.</summary>
    public string? ErrorQueue { get; set; }

    /// <summary>Where signs of life go; null for nowhere.</summary>
    public ServicePlatformHeartbeatConfiguration? Heartbeats { get; set; }

    /// <summary>Where copies of handled messages go; null to leave that as it is.</summary>
    public ServicePlatformMessageAuditConfiguration? MessageAudit { get; set; }

    /// <summary>Where metrics go; null for nowhere.</summary>
    public ServicePlatformMetricsConfiguration? Metrics { get; set; }

    /// <summary>Where changes of sagas are told; null for nowhere.</summary>
    public ServicePlatformSagaAuditConfiguration? SagaAudit { get; set; }

    /// <summary>Reads the text; names may have any case, and what is not known is passed over.</summary>
    /// <exception cref="ArgumentException">It is no JSON object of this form.</exception>
    public static ServicePlatformConnectionConfiguration Parse(string jsonConfiguration)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jsonConfiguration);
        try
        {
            return JsonSerializer.Deserialize<ServicePlatformConnectionConfiguration>(jsonConfiguration, AnyCase) ?? throw new JsonException("It is null.");
        }
        catch (JsonException malformed)
        {
            throw new ArgumentException($"This does not connect an endpoint to the platform: {malformed.Message} Copy it anew from ServicePulse, Configuration, Endpoint connection.", nameof(jsonConfiguration), malformed);
        }
    }
}

/// <summary>Custom checks in the connection to the platform.</summary>
public class ServicePlatformCustomChecksConfiguration
{
    /// <summary>The queue of ServiceControl.</summary>
    public string? CustomChecksQueue { get; set; }

    /// <summary>Nothing here counts unless this is true.</summary>
    public bool Enabled { get; set; }

    /// <summary>For how long a result is worth reading; null for four intervals of its check.</summary>
    public TimeSpan? TimeToLive { get; set; }
}

/// <summary>Signs of life in the connection to the platform.</summary>
public class ServicePlatformHeartbeatConfiguration
{
    /// <summary>Nothing here counts unless this is true.</summary>
    public bool Enabled { get; set; }

    /// <summary>How often; null for every ten seconds.</summary>
    public TimeSpan? Frequency { get; set; }

    /// <summary>The queue of ServiceControl.</summary>
    public string? HeartbeatsQueue { get; set; }

    /// <summary>For how long one is worth reading; null for four intervals.</summary>
    public TimeSpan? TimeToLive { get; set; }
}

/// <summary>Copies of handled messages in the connection to the platform.</summary>
public class ServicePlatformMessageAuditConfiguration
{
    /// <summary>The queue of ServiceControl.</summary>
    public string? AuditQueue { get; set; }

    /// <summary>Nothing here counts unless this is true.</summary>
    public bool Enabled { get; set; }
}

/// <summary>Metrics in the connection to the platform.</summary>
public class ServicePlatformMetricsConfiguration
{
    /// <summary>Nothing here counts unless this is true.</summary>
    public bool Enabled { get; set; }

    /// <summary>Tells the instances of an endpoint apart by more than the host.</summary>
    public string? InstanceId { get; set; }

    /// <summary>How often values are sent.</summary>
    public TimeSpan Interval { get; set; }

    /// <summary>The queue of ServiceControl's monitoring.</summary>
    public string? MetricsQueue { get; set; }

    /// <summary>For how long values are worth reading; null for a week.</summary>
    public TimeSpan? TimeToLive { get; set; }
}

/// <summary>Changes of sagas in the connection to the platform.</summary>
public class ServicePlatformSagaAuditConfiguration
{
    /// <summary>What is to be told of a state; null for all of it.</summary>
    [JsonIgnore]
    public Func<object, Dictionary<string, string>>? CustomSagaEntitySerialization { get; set; }

    /// <summary>Nothing here counts unless this is true.</summary>
    public bool Enabled { get; set; }

    /// <summary>The queue of ServiceControl.</summary>
    public string? SagaAuditQueue { get; set; }
}

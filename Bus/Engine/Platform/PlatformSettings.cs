namespace Dovetail.Bus.Platform;

/// <summary>What an endpoint tells the platform about itself; nothing unless it is asked to.</summary>
sealed class PlatformSettings
{
    public HeartbeatSettings? Heartbeats { get; set; }

    public SagaAuditSettings? SagaAudit { get; set; }

    public MetricSettings Metrics { get; } = new();
}

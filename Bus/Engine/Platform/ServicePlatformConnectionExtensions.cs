namespace NServiceBus;

/// <summary>Connecting an endpoint to the platform in one step.</summary>
public static class ServicePlatformConnectionExtensions
{
    /// <summary>Sets what each enabled section of the configuration says; the others leave the endpoint as it is.</summary>
    /// <exception cref="ArgumentException">An enabled section names no queue, or metrics have no interval.</exception>
    public static void ConnectToServicePlatform(this EndpointConfiguration endpointConfiguration, ServicePlatformConnectionConfiguration servicePlatformConnectionConfiguration)
    {
        ArgumentNullException.ThrowIfNull(servicePlatformConnectionConfiguration);
        var (endpoint, connection) = (endpointConfiguration, servicePlatformConnectionConfiguration);
        if (connection.ErrorQueue is { } errorQueue) endpoint.SendFailedMessagesTo(errorQueue);
        if (connection.MessageAudit is { Enabled: true } audit) endpoint.AuditProcessedMessagesTo(Named(audit.AuditQueue, "MessageAudit", "AuditQueue"));
        if (connection.Heartbeats is { Enabled: true } beats) endpoint.SendHeartbeatTo(Named(beats.HeartbeatsQueue, "Heartbeats", "HeartbeatsQueue"), beats.Frequency, beats.TimeToLive);
        if (connection.CustomChecks is { Enabled: true } checks) endpoint.ReportCustomChecksTo(Named(checks.CustomChecksQueue, "CustomChecks", "CustomChecksQueue"), checks.TimeToLive);
        if (connection.SagaAudit is { Enabled: true } sagas) endpoint.AuditSagaStateChanges(Named(sagas.SagaAuditQueue, "SagaAudit", "SagaAuditQueue"), sagas.CustomSagaEntitySerialization);
        if (connection.Metrics is not { Enabled: true } metrics) return;

        var queue = Named(metrics.MetricsQueue, "Metrics", "MetricsQueue");
        if (metrics.Interval <= TimeSpan.Zero) throw new ArgumentException("Section Metrics is enabled and has no Interval. Give one above zero, such as 00:00:01, or set Enabled to false.", nameof(servicePlatformConnectionConfiguration));
        var options = endpoint.EnableMetrics();
        options.SendMetricDataToServiceControl(queue, metrics.Interval, metrics.InstanceId);
        if (metrics.TimeToLive is { } worth) options.SetServiceControlMetricsMessageTTBR(worth);

        static string Named(string? queue, string section, string property) => string.IsNullOrWhiteSpace(queue)
            ? throw new ArgumentException($"Section {section} is enabled and names no queue. Give {property}, or set Enabled to false.", nameof(servicePlatformConnectionConfiguration))
            : queue;
    }
}

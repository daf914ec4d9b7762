using Dovetail.Bus.Platform;

namespace NServiceBus
{
    /// <summary>Entry to the settings of an endpoint's metrics.</summary>
    public static class MetricsConfigurationExtensions
    {
        /// <summary>How long messages take, how long they waited, and how often they are retried, for ServiceControl. Meters for everybody else need no switch.</summary>
        public static MetricsOptions EnableMetrics(this EndpointConfiguration endpointConfiguration) => new(endpointConfiguration.Settings.Platform.Metrics);
    }

    /// <summary>Settings of an endpoint's metrics.</summary>
    public class MetricsOptions
    {
        internal MetricsOptions(MetricSettings settings) => Settings = settings;

        internal MetricSettings Settings { get; }
    }

    /// <summary>Where metrics go.</summary>
    public static class MetricsOptionsExtensions
    {
        /// <summary>Has the values of each interval sent to ServiceControl's monitoring.</summary>
        /// <param name="instanceId">Tells the instances of an endpoint apart by more than the host; it then stands on every message that the endpoint sends.</param>
        public static void SendMetricDataToServiceControl(this MetricsOptions options, string serviceControlMetricsAddress, TimeSpan interval, string? instanceId = null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(serviceControlMetricsAddress);
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
            (options.Settings.Queue, options.Settings.Interval, options.Settings.InstanceId) = (serviceControlMetricsAddress, interval, instanceId);
        }

        /// <summary>For how long values are worth reading; a week unless set.</summary>
        public static void SetServiceControlMetricsMessageTTBR(this MetricsOptions options, TimeSpan timeToBeReceived)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeToBeReceived, TimeSpan.Zero);
            options.Settings.Worth = timeToBeReceived;
        }
    }
}

namespace Dovetail.Bus.Platform
{
    /// <summary>What is told of an endpoint's messages, where and how often.</summary>
    sealed class MetricSettings
    {
        public const string InstanceHeader = "NServiceBus.Metric.InstanceId";

        /// <summary>Null where nobody wants to know: then nothing is noted.</summary>
        public string? Queue { get; set; }

        public TimeSpan Interval { get; set; }

        public string? InstanceId { get; set; }

        public TimeSpan Worth { get; set; } = TimeSpan.FromDays(7);
    }
}

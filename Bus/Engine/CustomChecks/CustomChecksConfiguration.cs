using NServiceBus.CustomChecks;

namespace NServiceBus
{
    /// <summary>Checks that report to the platform.</summary>
    public static class CustomChecksConfigurationExtensions
    {
        extension(EndpointConfiguration config)
        {
            /// <summary>Has the results of the endpoint's checks sent to ServiceControl. They are worth four intervals unless a time is given.</summary>
            public void ReportCustomChecksTo(string serviceControlQueue, TimeSpan? timeToLive = default)
            {
                ArgumentException.ThrowIfNullOrWhiteSpace(serviceControlQueue);
                if (timeToLive is { } worth) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(worth, TimeSpan.Zero, nameof(timeToLive));
                (config.Settings.CustomChecks.Queue, config.Settings.CustomChecks.TimeToLive) = (serviceControlQueue, timeToLive);
            }

            /// <summary>Has the endpoint run a check. Its constructor gets services.</summary>
            public void AddCustomCheck<TCustomCheck>() where TCustomCheck : class, ICustomCheck
            {
                if (!config.Settings.CustomChecks.Types.Contains(typeof(TCustomCheck))) config.Settings.CustomChecks.Types.Add(typeof(TCustomCheck));
            }
        }
    }
}

namespace Dovetail.Bus.CustomChecks
{
    /// <summary>Which checks an endpoint runs, and where they report.</summary>
    sealed class CustomCheckSettings
    {
        /// <summary>Null where nobody wants to know: then no check runs.</summary>
        public string? Queue { get; set; }

        public TimeSpan? TimeToLive { get; set; }

        public List<Type> Types { get; } = [];
    }
}

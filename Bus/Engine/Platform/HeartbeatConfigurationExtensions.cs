using Dovetail.Bus.Platform;

namespace NServiceBus
{
    /// <summary>Signs of life for the platform.</summary>
    public static class HeartbeatConfigurationExtensions
    {
        /// <summary>Has the endpoint say at each interval that it runs: every ten seconds unless told, each sign worth four intervals.</summary>
        public static void SendHeartbeatTo(this EndpointConfiguration config, string serviceControlQueue, TimeSpan? frequency = default, TimeSpan? timeToLive = default)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(serviceControlQueue);
            if (frequency is { } pause) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(pause, TimeSpan.Zero, nameof(frequency));
            if (timeToLive is { } worth) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(worth, TimeSpan.Zero, nameof(timeToLive));
            var every = frequency ?? TimeSpan.FromSeconds(10);
            config.Settings.Platform.Heartbeats = new HeartbeatSettings(serviceControlQueue, every, timeToLive ?? every * 4);
        }
    }
}

namespace Dovetail.Bus.Platform
{
    /// <param name="Worth">After that long without being read, a sign of life says nothing any more.</param>
    sealed record HeartbeatSettings(string Queue, TimeSpan Every, TimeSpan Worth);
}

using NServiceBus;

namespace Dovetail.Bus;

/// <summary>Entry to the settings of the watchdog.</summary>
public static class WatchdogExtensions
{
    /// <summary>When the endpoint worries about itself.</summary>
    public static WatchSettings Watchdog(this EndpointConfiguration config) => config.Settings.Watch;
}

/// <summary>When an endpoint worries about itself: about handlers that run for long, and about receivers that have fallen silent.</summary>
public sealed class WatchSettings
{
    internal WatchSettings()
    {
    }

    internal TimeSpan LongHandler { get; private set; } = TimeSpan.FromMinutes(10);

    internal TimeSpan Silence { get; private set; } = TimeSpan.FromMinutes(1);

    /// <summary>A handler that runs longer is named in the log, and again each time that its time has doubled. It is left alone: long is not stuck. Ten minutes unless set.</summary>
    public WatchSettings WarnOfHandlersAfter(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        LongHandler = duration;
        return this;
    }

    /// <summary>A receiver that shows no sign of life for so long, or only failures, is replaced by a new one; its handlers finish undisturbed. One minute unless set.</summary>
    public WatchSettings RestartReceiversAfter(TimeSpan silence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(silence, TimeSpan.Zero);
        Silence = silence;
        return this;
    }
}

using Dovetail.Bus.Configuration;
using NServiceBus.Faults;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>Entry to the settings for failing messages.</summary>
public static class RecoverabilityEndpointConfigurationExtensions
{
    /// <summary>What happens to messages whose handling fails.</summary>
    public static RecoverabilitySettings Recoverability(this EndpointConfiguration configuration) => new(configuration.Settings.Retries);
}

/// <summary>What happens to messages whose handling fails.</summary>
public class RecoverabilitySettings
{
    readonly RetryPolicySettings _settings;

    internal RecoverabilitySettings(RetryPolicySettings settings) => _settings = settings;

    /// <summary>Failures of this type, or derived from it, go to the error queue without retries.</summary>
    /// <exception cref="ArgumentException">The type is no exception.</exception>
    public RecoverabilitySettings AddUnrecoverableException(Type exceptionType)
    {
        if (!typeof(Exception).IsAssignableFrom(exceptionType))
            throw new ArgumentException($"{exceptionType} is no exception type. Name a type derived from System.Exception.", nameof(exceptionType));
        _settings.Unrecoverable.Add(exceptionType);
        return this;
    }

    /// <summary>Failures of this type, or derived from it, go to the error queue without retries.</summary>
    public RecoverabilitySettings AddUnrecoverableException<T>() where T : Exception => AddUnrecoverableException(typeof(T));

    /// <summary>Decides instead of the default policy, which it may call for cases of no concern to it.</summary>
    public RecoverabilitySettings CustomPolicy(Func<RecoverabilityConfig, ErrorContext, RecoverabilityAction> custom)
    {
        _settings.Policy = custom;
        return this;
    }

    /// <summary>Slows the endpoint down while message after message fails: somebody else's outage must not turn the whole queue into failures.</summary>
    public RecoverabilitySettings OnConsecutiveFailures(int numberOfConsecutiveFailures, RateLimitSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfConsecutiveFailures, 1);
        _settings.RateLimit = (numberOfConsecutiveFailures, settings);
        return this;
    }

    /// <summary>Retries after a while.</summary>
    public RecoverabilitySettings Delayed(Action<DelayedRetriesSettings> customizations)
    {
        customizations(new DelayedRetriesSettings(_settings));
        return this;
    }

    /// <summary>What becomes of messages that failed for good.</summary>
    public RecoverabilitySettings Failed(Action<RetryFailedSettings> customizations)
    {
        customizations(new RetryFailedSettings(_settings));
        return this;
    }

    /// <summary>Retries at once.</summary>
    public RecoverabilitySettings Immediate(Action<ImmediateRetriesSettings> customizations)
    {
        customizations(new ImmediateRetriesSettings(_settings));
        return this;
    }
}

/// <summary>Retries at once.</summary>
public class ImmediateRetriesSettings
{
    readonly RetryPolicySettings _settings;

    internal ImmediateRetriesSettings(RetryPolicySettings settings) => _settings = settings;

    /// <summary>How many follow the first attempt, in every round.</summary>
    public void NumberOfRetries(int numberOfRetries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numberOfRetries);
        _settings.Immediate = numberOfRetries;
    }

    /// <summary>Called for each message that is handled again at once.</summary>
    public ImmediateRetriesSettings OnMessageBeingRetried(Func<ImmediateRetryMessage, CancellationToken, Task> notificationCallback)
    {
        _settings.OnImmediateRetry = notificationCallback;
        return this;
    }
}

/// <summary>Retries after a while; each is a new round of attempts.</summary>
public class DelayedRetriesSettings
{
    readonly RetryPolicySettings _settings;

    internal DelayedRetriesSettings(RetryPolicySettings settings) => _settings = settings;

    /// <summary>How many rounds follow the first.</summary>
    public DelayedRetriesSettings NumberOfRetries(int numberOfRetries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numberOfRetries);
        _settings.Delayed = numberOfRetries;
        return this;
    }

    /// <summary>Called for each message that is handled again after a while.</summary>
    public DelayedRetriesSettings OnMessageBeingRetried(Func<DelayedRetryMessage, CancellationToken, Task> notificationCallback)
    {
        _settings.OnDelayedRetry = notificationCallback;
        return this;
    }

    /// <summary>The first round waits this long, the second twice as long, and so on.</summary>
    public DelayedRetriesSettings TimeIncrease(TimeSpan timeIncrease)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeIncrease, TimeSpan.Zero);
        _settings.TimeIncrease = timeIncrease;
        return this;
    }
}

/// <summary>What becomes of messages that failed for good.</summary>
public class RetryFailedSettings
{
    readonly RetryPolicySettings _settings;

    internal RetryFailedSettings(RetryPolicySettings settings) => _settings = settings;

    /// <summary>Changes the headers that describe the failure before they are added to the message.</summary>
    public RetryFailedSettings HeaderCustomization(Action<Dictionary<string, string>> customization)
    {
        _settings.CustomizeFailureHeaders = customization;
        return this;
    }

    /// <summary>Called for each message that was parked in the error queue.</summary>
    public RetryFailedSettings OnMessageSentToErrorQueue(Func<FailedMessage, CancellationToken, Task> notificationCallback)
    {
        _settings.OnParked = notificationCallback;
        return this;
    }
}

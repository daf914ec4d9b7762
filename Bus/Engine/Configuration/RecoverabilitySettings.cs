using Dovetail.Bus.Configuration;

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
}

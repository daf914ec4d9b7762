using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NServiceBus;

/// <summary>What an endpoint can't get over by itself: it stays as it is, and a person, or an action of one's own, decides.</summary>
public partial class CriticalError
{
    readonly Func<ICriticalErrorContext, CancellationToken, Task> _action;
    readonly Lock _gate = new();
    readonly List<(string Error, Exception Exception, CancellationToken Cancellation)> _early = [];
    ILogger _logger = NullLogger.Instance;
    Func<CancellationToken, Task>? _stop;
    TaskScheduler _scheduler = TaskScheduler.Default;

    /// <summary>Does what is given whenever an error is raised; by default it is only logged, and the endpoint goes on.</summary>
    public CriticalError(Func<ICriticalErrorContext, CancellationToken, Task>? onCriticalErrorAction) => _action = onCriticalErrorAction ?? ((_, _) => Task.CompletedTask);

    /// <summary>Tells of an error. The action is not waited for; before the endpoint has started, it waits for the start.</summary>
    public virtual void Raise(string errorMessage, Exception exception, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(errorMessage);
        ArgumentNullException.ThrowIfNull(exception);
        lock (_gate)
        {
            if (_stop is null)
            {
                _early.Add((errorMessage, exception, cancellationToken));
                return;
            }
        }
        Act(errorMessage, exception, cancellationToken);
    }

    /// <summary>The endpoint runs: what was raised before is told now.</summary>
    internal void Started(Func<CancellationToken, Task> stop, ILogger logger)
    {
        lock (_gate) (_stop, _logger, _scheduler) = (stop, logger, TaskScheduler.Current);
        foreach (var (error, exception, cancellation) in _early) Act(error, exception, cancellation);
        _early.Clear();
    }

    void Act(string error, Exception exception, CancellationToken cancellation)
    {
        LogRaised(exception, error);
        _ = Task.Factory.StartNew(() => Guarded(new Context(error, exception, _stop!), cancellation), CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);
    }

    async Task Guarded(ICriticalErrorContext context, CancellationToken cancellation)
    {
        try
        {
            await _action(context, cancellation);
        }
        catch (Exception failure)
        {
            LogActionFailed(failure, context.Error);
        }
    }

    [LoggerMessage(LogLevel.Critical, "{Error}")]
    partial void LogRaised(Exception exception, string error);

    [LoggerMessage(LogLevel.Error, "The action for critical errors failed itself, on '{Error}'")]
    partial void LogActionFailed(Exception failure, string error);

    sealed record Context(string Error, Exception Exception, Func<CancellationToken, Task> Stop) : ICriticalErrorContext;
}

/// <summary>A critical error, and a way to stop the endpoint because of it.</summary>
public interface ICriticalErrorContext
{
    /// <summary>What happened, in words.</summary>
    string Error { get; }

    /// <summary>What it came from.</summary>
    Exception Exception { get; }

    /// <summary>Stops the endpoint, as its host would.</summary>
    Func<CancellationToken, Task> Stop { get; }
}

/// <summary>What happens on critical errors.</summary>
public static class ConfigureCriticalErrorAction
{
    /// <summary>Does this, instead of nothing, whenever a critical error is raised. It was logged before.</summary>
    public static void DefineCriticalErrorAction(this EndpointConfiguration endpointConfiguration, Func<ICriticalErrorContext, CancellationToken, Task> onCriticalError)
    {
        ArgumentNullException.ThrowIfNull(onCriticalError);
        endpointConfiguration.Settings.OnCriticalError = onCriticalError;
    }
}

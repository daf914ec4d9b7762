using Dovetail.Bus.Configuration;
using Dovetail.Bus.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus.CustomChecks;

namespace Dovetail.Bus.CustomChecks;

/// <summary>Runs an endpoint's checks and reports what they find, from the start of the endpoint to its stop.</summary>
sealed partial class CheckRunner(EndpointSettings settings, PlatformMessages platform, IServiceProvider services, TimeProvider time, ILogger logger)
{
    /// <summary>Begins; each check goes its own way.</summary>
    /// <returns>Ends when told to stop and no check runs any more.</returns>
    public Task Start(CancellationToken stop) => settings.CustomChecks.Queue is { } queue
        ? Task.WhenAll(settings.CustomChecks.Types.Select(type => Task.Factory.StartNew(() => Run(type, queue, stop), CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap()))
        : Task.CompletedTask;

    async Task Run(Type type, string queue, CancellationToken stop)
    {
        var scope = services.CreateAsyncScope();
        try
        {
            var check = (ICustomCheck)ActivatorUtilities.GetServiceOrCreateInstance(scope.ServiceProvider, type);
            while (!stop.IsCancellationRequested)
            {
                await Report(check, await Perform(check, type, stop), queue, stop);
                if (check.Interval is not { } interval) return;
                await Task.Delay(interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The endpoint stops: what the check would have found interests nobody any more.
        }
        catch (Exception failure)
        {
            LogNotMade(failure, type.FullName!);
        }
        finally
        {
            await scope.DisposeAsync();
        }
    }

    async Task<CheckResult> Perform(ICustomCheck check, Type type, CancellationToken stop)
    {
        try
        {
            return await check.PerformCheck(stop);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            // What it threw may hold anything, and goes to a log and not over the wire.
            LogFailed(failure, check.Id, type.FullName!);
            return CheckResult.Failed($"Check '{check.Id}' of category '{check.Category}' ({type.FullName}) failed itself. The log of endpoint {settings.EndpointName} says how.");
        }
    }

    async Task Report(ICustomCheck check, CheckResult result, string queue, CancellationToken stop)
    {
        try
        {
            var report = new Reported(settings.Host.Id, check.Id, check.Category, result.HasFailed, result.FailureReason, time.GetUtcNow().UtcDateTime, settings.EndpointName, settings.Host.DisplayName);
            await platform.Send(queue, "ServiceControl.Plugin.CustomChecks.Messages.ReportCustomCheckResult", report, settings.CustomChecks.TimeToLive ?? check.Interval * 4, stop);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            LogNotReported(failure, check.Id, queue);
        }
    }

    [LoggerMessage(LogLevel.Error, "Check '{Check}' ({Type}) threw, and counts as failed")]
    partial void LogFailed(Exception failure, string check, string type);

    [LoggerMessage(LogLevel.Error, "Check {Type} can't be made, and does not run. Register what its constructor asks for")]
    partial void LogNotMade(Exception failure, string type);

    [LoggerMessage(LogLevel.Warning, "What check '{Check}' found could not be sent to '{Queue}'. The next result is sent when its interval has passed")]
    partial void LogNotReported(Exception failure, string check, string queue);

    /// <summary>As ServiceControl reads it: names and order are on the wire.</summary>
    sealed record Reported(Guid HostId, string CustomCheckId, string Category, bool HasFailed, string? FailureReason, DateTime ReportedAt, string EndpointName, string Host);
}

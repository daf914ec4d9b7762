using Dovetail.Bus.Configuration;
using Dovetail.Bus.CustomChecks;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Platform;

/// <summary>Everything that an endpoint tells the platform, from its start to its stop. None of it is on the way of a message.</summary>
sealed partial class PlatformReports
{
    readonly EndpointSettings _settings;
    readonly ITransport _transport;
    readonly ILogger _logger;
    readonly PlatformMessages _messages;
    readonly Heartbeats? _heartbeats;
    readonly CheckRunner _checks;

    public PlatformReports(EndpointSettings settings, ITransport transport, IServiceProvider services, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _transport = transport;
        _logger = logger;
        _messages = new PlatformMessages(settings, transport);
        _checks = new CheckRunner(settings, _messages, services, time, logger);
        if (settings.Platform.Heartbeats is { } beats) _heartbeats = new Heartbeats(beats, settings, _messages, time, logger);
        if (settings.Platform.SagaAudit is { } audit) SagaAudits = new SagaAudits(audit, settings, _messages, time, logger);
        if (settings is { SendOnly: false, Platform.Metrics.Queue: { } queue }) Metrics = new Metrics(queue, settings, transport, _messages, time, logger);
    }

    /// <summary>Null where changes of sagas are not audited.</summary>
    public SagaAudits? SagaAudits { get; }

    /// <summary>Null where nobody wants to know.</summary>
    public Metrics? Metrics { get; }

    /// <returns>Ends when told to stop and nothing is being told any more.</returns>
    public Task Start(CancellationToken stop)
    {
        if (_settings is { SendOnly: true, Platform.Metrics.Queue: { } unused }) LogNothingToMeasure(_settings.EndpointName, unused);
        return Task.WhenAll(Begin(() => LookForQueues(stop)), _checks.Start(stop), _heartbeats is { } heartbeats ? Begin(() => heartbeats.Run(stop)) : Task.CompletedTask, Metrics is { } metrics ? Begin(() => metrics.Run(stop)) : Task.CompletedTask);
    }

    // On the scheduler of whoever starts the endpoint: a simulation brings its own.
    static Task Begin(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

    /// <summary>What is told to a queue that is not there is lost without an error: so somebody should hear of it once.</summary>
    async Task LookForQueues(CancellationToken stop)
    {
        var told = new[] { _settings.Platform.Heartbeats?.Queue, _settings.CustomChecks.Queue, _settings.Platform.SagaAudit?.Queue, _settings.Platform.Metrics.Queue };
        foreach (var queue in told.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            try
            {
                await _transport.Length(queue, stop);
            }
            catch (QueueNotFoundException)
            {
                LogNobodyThere(_settings.EndpointName, queue);
            }
            catch (Exception failure)
            {
                if (!stop.IsCancellationRequested) LogNotLookedFor(failure, queue);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} is to report to '{Queue}', and there is no such queue: what it reports is lost. Start ServiceControl, which creates its queues, or correct the name")]
    partial void LogNobodyThere(string endpoint, string queue);

    [LoggerMessage(LogLevel.Information, "Whether there is a queue '{Queue}' for what is reported can't be told at the moment")]
    partial void LogNotLookedFor(Exception failure, string queue);

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} only sends, so there are no metrics of received messages for '{Queue}'")]
    partial void LogNothingToMeasure(string endpoint, string queue);
}

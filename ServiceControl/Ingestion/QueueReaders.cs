using Dovetail.ServiceControl.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dovetail.ServiceControl.Ingestion;

/// <summary>Reads the three queues, each at its own pace, for as long as the role runs.</summary>
sealed partial class QueueReaders(IRawQueues queues, Ingestor ingestor, ServiceControlOptions options, TimeProvider time, ILogger<QueueReaders> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Read(options.AuditQueue, ingestor.IngestAudit, stoppingToken),
        Read(options.ErrorQueue, ingestor.IngestErrors, stoppingToken),
        Read(options.Queue, ingestor.IngestControl, stoppingToken));

    async Task Read(string queue, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await queues.Consume(queue, options.BatchSize, ingest, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                LogInterrupted(failure, queue, Pause);
                await Task.Delay(Pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading queue {Queue} was interrupted. Its messages stay where they are; reading goes on in {Pause}. Check that the queue exists and its server answers.")]
    partial void LogInterrupted(Exception failure, string queue, TimeSpan pause);
}

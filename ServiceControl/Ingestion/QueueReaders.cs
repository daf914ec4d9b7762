using Dovetail.ServiceControl.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dovetail.ServiceControl.Ingestion;

/// <summary>Reads the three queues, each at its own pace, for as long as the role runs.</summary>
sealed partial class QueueReaders(IRawQueues queues, Ingestor ingestor, ServiceControlOptions options, TimeProvider time, ILogger<QueueReaders> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Copies are many, and nobody waits for one of them: most of what it costs to store a few is their commit.</summary>
    static readonly TimeSpan PatienceForCopies = TimeSpan.FromMilliseconds(100);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Read(options.AuditQueue, PatienceForCopies, ingestor.IngestAudit, stoppingToken),
        Read(options.ErrorQueue, TimeSpan.Zero, ingestor.IngestErrors, stoppingToken),
        Read(options.Queue, TimeSpan.Zero, ingestor.IngestControl, stoppingToken));

    async Task Read(string queue, TimeSpan patience, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await queues.Consume(queue, options.BatchSize, patience, ingest, stop);
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

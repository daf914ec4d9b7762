using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dovetail.ServiceControl.Store;

/// <summary>Deletes what has been kept long enough, a little at a time, so that ingestion never waits long for it.</summary>
sealed partial class Retention(MessageStore store, ServiceControlOptions options, TimeProvider time, ILogger<Retention> logger) : BackgroundService
{
    const int BatchSize = 500;
    static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    public async Task<int> Sweep(CancellationToken cancellation)
    {
        var audited = time.GetUtcNow() - options.AuditRetention;
        var closed = time.GetUtcNow() - options.ErrorRetention;
        var deleted =
            await Delete(context => context.Processed.Where(message => message.ProcessedAt < audited), cancellation)
            + await Delete(
                context => context.Failed.Where(message =>
                    (message.Status == MessageStatus.Resolved || message.Status == MessageStatus.Archived) && message.LastModified < closed),
                cancellation);
        if (deleted > 0)
            LogDeleted(deleted, audited, closed);

        return deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await Sweep(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure, Interval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task<int> Delete(Func<StoreContext, IQueryable<StoredMessage>> which, CancellationToken cancellation)
    {
        var deleted = 0;
        int batch;
        do
        {
            batch = await store.Write(
                async context =>
                {
                    var ids = await which(context).OrderBy(message => message.ProcessedAt).Select(message => message.Id).Take(BatchSize).ToListAsync(cancellation);
                    await context.Bodies.Where(body => ids.Contains(body.Id)).ExecuteDeleteAsync(cancellation);

                    // Attempts and retries go with their message.
                    return await context.Messages.Where(message => ids.Contains(message.Id)).ExecuteDeleteAsync(cancellation);
                },
                cancellation);
            deleted += batch;
        }
        while (batch == BatchSize);

        return deleted;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} messages: audited before {Audited:O}, or resolved or archived before {Closed:O}.")]
    partial void LogDeleted(int count, DateTimeOffset audited, DateTimeOffset closed);

    [LoggerMessage(Level = LogLevel.Error, Message = "Old messages could not be deleted. The next try is in {Interval}; until then the file grows.")]
    partial void LogFailed(Exception failure, TimeSpan interval);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Shop.Idempotency;

/// <summary>Clears away the answers whose keys are past their lifetime.</summary>
sealed partial class KeyCleanup(IDbContextFactory<ShopDb> contexts, IOptions<ShopOptions> options, TimeProvider time, ILogger<KeyCleanup> logger) : BackgroundService
{
    // Each batch is a short write, between which others come in.
    const int BatchSize = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.CleanUpInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var removed = await Clean(stoppingToken);
                if (removed > 0) Cleaned(removed);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(failure);
            }
        }
    }

    internal async Task<int> Clean(CancellationToken cancellation)
    {
        var oldest = time.GetUtcNow() - options.Value.IdempotencyKeyLifetime;
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        for (var removed = 0; ;)
        {
            var batch = await context.Answers.Where(row => row.At < oldest).OrderBy(row => row.At).Take(BatchSize).ExecuteDeleteAsync(cancellation);
            removed += batch;
            if (batch < BatchSize) return removed;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} stored answers whose idempotency keys were past their lifetime were removed.")]
    partial void Cleaned(int count);

    [LoggerMessage(LogLevel.Warning, "Old idempotency keys could not be removed; it is tried again at the next turn. They do no harm but take up room.")]
    partial void Failed(Exception failure);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Desk.Acting;

/// <summary>Clears away the keys that are past their lifetime.</summary>
sealed partial class RequestCleanup(IDbContextFactory<DeskDb> contexts, IOptions<DeskOptions> options, TimeProvider time, ILogger<RequestCleanup> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var oldest = time.GetUtcNow() - options.Value.IdempotencyKeyLifetime;
                await using var context = await contexts.CreateDbContextAsync(stoppingToken);
                await context.Requests.Where(row => row.At < oldest).ExecuteDeleteAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old idempotency keys of the desk could not be removed; it is tried again at the next turn. They do no harm but take up room.")]
    partial void Failed(Exception failure);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Hooks;

/// <summary>Clears away webhooks that no vendor repeats any more.</summary>
sealed partial class HookCleanup(IDbContextFactory<HookDb> contexts, IOptions<HookOptions> options, TimeProvider time, ILogger<HookCleanup> logger) : BackgroundService
{
    // Each batch is a short write, between which others come in.
    const int BatchSize = 500;

    static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await Clean(stoppingToken) is var removed && removed > 0) Cleaned(removed);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(failure);
            }
        }
    }

    internal async Task<int> Clean(CancellationToken cancellation)
    {
        var oldest = time.GetUtcNow() - options.Value.KeepFor;
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        for (var removed = 0; ;)
        {
            var batch = await context.Hooks.Where(row => row.At < oldest).OrderBy(row => row.At).Take(BatchSize).ExecuteDeleteAsync(cancellation);
            removed += batch;
            if (batch < BatchSize) return removed;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} webhooks that no vendor repeats any more were removed.")]
    partial void Cleaned(int count);

    [LoggerMessage(LogLevel.Warning, "Old webhooks could not be removed; it is tried again within the hour. They do no harm but take up room.")]
    partial void Failed(Exception failure);
}

/// <summary>Section <c>Hooks</c>.</summary>
sealed record HookOptions
{
    public const string Section = "Hooks";

    /// <summary>Stripe repeats an event for three days. What is forgotten before its last repetition is handed on twice.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromDays(4);

    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(7);
}

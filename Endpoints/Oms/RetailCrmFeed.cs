using Dovetail.Contracts.Oms.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Oms;

/// <summary>Follows RetailCRM's history of changes, so that the hub looks at an order when something became of it instead of every now and then.</summary>
/// <remarks>
/// The place in the history and the messages of a page are one commit: whoever is killed begins with the same page again. One process reads at a time;
/// should two do so after all, only the first of their commits counts.
/// </remarks>
sealed partial class RetailCrmFeed(
    IServiceScopeFactory scopes, FeedPlace place, IOptions<RetailCrmFeedOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RetailCrmFeed> logger)
    : BackgroundService
{
    readonly string _reader = Guid.NewGuid().ToString("N");

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await place.GiveBack(_reader);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Before that the bus sends nothing.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            try
            {
                while (await ReadPage(stoppingToken))
                {
                    // What has piled up is caught up with at once.
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <returns>Whether there is more.</returns>
    internal async Task<bool> ReadPage(CancellationToken cancellation)
    {
        if (await place.Take(_reader, cancellation) is not { } turn)
            return false;

        await using var scope = scopes.CreateAsyncScope();
        var page = await scope.ServiceProvider.GetRequiredService<RetailCrmClient>().History(turn.After, time.GetUtcNow(), cancellation);
        if (page is [])
            return false;

        await using var session = scope.ServiceProvider.GetRequiredKeyedService<ITransactionalSession>(OmsEndpoint.Name);
        await session.Open(new SqlPersistenceOpenSessionOptions(), cancellation);
        foreach (var order in page.Where(change => change.IsNews).Select(change => change.Order?.ExternalId).OfType<string>().Distinct())
            await session.SendLocal(new LookAtPicking(order), cancellation);
        session.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges((sql, callbackCancellation) => FeedPlace.Move(sql, turn, page[^1].Id, callbackCancellation));
        await session.Commit(cancellation);
        return page.Count == RetailCrmClient.HistoryPage;
    }

    [LoggerMessage(LogLevel.Warning, "RetailCRM's history could not be read on; it is tried again from the same place. Orders that are waited for are asked about every now and then all the same.")]
    partial void Failed(Exception failure);
}

/// <summary>Section <c>Oms:RetailCrm:Feed</c>.</summary>
sealed record RetailCrmFeedOptions
{
    public const string Section = $"{RetailCrmOptions.Section}:Feed";

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);
}

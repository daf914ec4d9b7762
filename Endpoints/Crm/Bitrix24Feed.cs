using Dovetail.Contracts.Crm.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Crm;

/// <summary>Hears which deals people changed: the portal notes it for an application, until the application has taken it.</summary>
/// <remarks>
/// Taking reserves the events at the portal under an id. That id and the messages are one commit, and only then the events are cleared by it. Whoever is
/// killed in between, or heard no answer, leaves events reserved: the next turn begins with those. So each is handed on at least once; twice does no harm,
/// as the deal itself is read again.
/// </remarks>
sealed partial class Bitrix24Feed(
    IServiceScopeFactory scopes, FeedPlace place, CrmLinks links, IOptions<Bitrix24Options> portal, IOptions<Bitrix24FeedOptions> options,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Bitrix24Feed> logger) : BackgroundService
{
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    static readonly TimeSpan BindingHolds = TimeSpan.FromMinutes(10);

    readonly string _reader = Guid.NewGuid().ToString("N");
    bool _isUnsure = true;
    DateTimeOffset _bound;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (portal.Value.IsApplication)
            await place.GiveBack(_reader);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!portal.Value.IsApplication)
        {
            IsDeaf(Bitrix24Health.Deaf);
            return;
        }

        // Before that the bus sends nothing.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        var pause = options.Value.Interval;
        while (true)
        {
            try
            {
                while (await ReadPage(stoppingToken))
                {
                    // What has piled up is caught up with at once.
                }

                pause = options.Value.Interval;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // An authorisation server that refuses is not to be asked every few seconds.
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                Failed(failure.Message, pause);
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    /// <returns>Whether there is more.</returns>
    internal async Task<bool> ReadPage(CancellationToken cancellation)
    {
        if (await place.Take(_reader, cancellation) is not { } turn)
            return false;

        await using var scope = scopes.CreateAsyncScope();
        var bitrix = scope.ServiceProvider.GetRequiredService<Bitrix24Client>();
        if (turn.ProcessId is { } handedOn)
            await Clear(bitrix, handedOn, [], cancellation);
        if (turn.IsFirst || _isUnsure)
            await HandOnReserved(bitrix, turn, cancellation);
        await Bind(bitrix, cancellation);

        // From here on a failure may leave events reserved under an id that nobody knows.
        _isUnsure = true;
        var page = await bitrix.TakeEvents(cancellation);
        if (page.Events.Count > 0)
        {
            await HandOn(turn, page.Events, page.ProcessId, cancellation);
            await Clear(bitrix, page.ProcessId, page.Events, cancellation);
        }

        _isUnsure = false;
        return page.Events.Count == Bitrix24Client.EventPage;
    }

    /// <summary>Whatever somebody took and did not clear.</summary>
    async Task HandOnReserved(Bitrix24Client bitrix, FeedTurn turn, CancellationToken cancellation)
    {
        var reserved = await bitrix.ReservedEvents(cancellation);
        await HandOn(turn, reserved, processId: null, cancellation);
        foreach (var process in reserved.Where(change => change.ProcessId != "").GroupBy(change => change.ProcessId, StringComparer.Ordinal))
            await Clear(bitrix, process.Key, [.. process], cancellation);
        _isUnsure = false;
    }

    async Task HandOn(FeedTurn turn, IReadOnlyList<DealEvent> events, string? processId, CancellationToken cancellation)
    {
        // A portal has deals of others too.
        var orders = await links.OrdersOf([.. events.Select(change => change.DealId).Distinct(StringComparer.Ordinal)], cancellation);
        if (orders.Count == 0)
            return;

        await using var scope = scopes.CreateAsyncScope();
        await using var session = scope.ServiceProvider.GetRequiredKeyedService<ITransactionalSession>(CrmEndpoint.Name);
        await session.Open(new SqlPersistenceOpenSessionOptions(), cancellation);
        foreach (var order in orders)
            await session.SendLocal(new LookAtDeal(order), cancellation);
        session.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges((sql, callbackCancellation) => FeedPlace.Keep(sql, turn, processId, callbackCancellation));
        await session.Commit(cancellation);
    }

    async Task Clear(Bitrix24Client bitrix, string processId, IReadOnlyList<DealEvent> events, CancellationToken cancellation)
    {
        await bitrix.ClearEvents(processId, [.. events.Select(change => change.Id)], cancellation);
        await place.Forget(processId, cancellation);
    }

    /// <summary>An update of the application in the portal ends what it had bound.</summary>
    async Task Bind(Bitrix24Client bitrix, CancellationToken cancellation)
    {
        if (time.GetUtcNow() - _bound < BindingHolds)
            return;
        if (!await bitrix.IsBound(cancellation))
        {
            await bitrix.Bind(cancellation);
            Bound();
        }

        _bound = time.GetUtcNow();
    }

    [LoggerMessage(LogLevel.Information, "The portal notes from now on which deals people change.")]
    partial void Bound();

    [LoggerMessage(LogLevel.Warning, "{What}")]
    partial void IsDeaf(string what);

    [LoggerMessage(LogLevel.Warning, "It could not be heard which deals people changed in the CRM: {Reason} The portal keeps it, and it is tried again in {Pause}.")]
    partial void Failed(string reason, TimeSpan pause);
}

/// <summary>Section <c>Crm:Bitrix24:Feed</c>.</summary>
sealed record Bitrix24FeedOptions
{
    public const string Section = $"{Bitrix24Options.Section}:Feed";

    /// <summary>How often the portal is asked which deals people changed.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often one deal is put right in a day, so that the hub and a robot of the portal do not write against each other for ever.</summary>
    public int CorrectionsADay { get; init; } = 5;
}

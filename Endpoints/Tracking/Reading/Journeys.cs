using Dovetail.Endpoints.Tracking.Writing;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Tracking.Reading;

/// <summary>Looks journeys up.</summary>
sealed class Journeys(IDbContextFactory<TrackingDb> contexts)
{
    public async Task<JourneyRow?> Find(string orderId, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Journeys.AsNoTracking().SingleOrDefaultAsync(row => row.OrderId == orderId, cancellation);
    }

    public async Task<JourneyRow?> FindByTrackingId(string trackingId, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Journeys.AsNoTracking().SingleOrDefaultAsync(row => row.TrackingId == trackingId, cancellation);
    }

    /// <summary>What happened, from the beginning.</summary>
    public async Task<IReadOnlyList<EntryRow>> Entries(string orderId, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Entries.AsNoTracking().Where(row => row.OrderId == orderId).OrderBy(row => row.Sequence).ToListAsync(cancellation);
    }

    /// <summary>What the customer could not be told, oldest first.</summary>
    public async Task<IReadOnlyList<NotReachedRow>> NotReached(string orderId, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.NotReached.AsNoTracking().Where(row => row.OrderId == orderId).OrderBy(row => row.At).ToListAsync(cancellation);
    }

    /// <summary>The orders that need a person; first the one whose time is up first.</summary>
    public async Task<OpenTasks> Tasks(int limit, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        var open = context.Journeys.AsNoTracking().Where(row => row.Queue != null);
        var journeys = await open.OrderBy(row => row.Deadline).Take(limit).ToListAsync(cancellation);
        var orders = journeys.ConvertAll(row => row.OrderId);
        var steps = await context.Entries.AsNoTracking()
            .Where(row => orders.Contains(row.OrderId) && (row.Kind == Kinds.NeedsAttention || row.Kind == Kinds.AttentionEnded))
            .OrderBy(row => row.Sequence).ToListAsync(cancellation);
        var stepsOf = steps.ToLookup(row => row.OrderId);
        return new(await open.CountAsync(cancellation), [.. journeys.Select(row => new OpenTask(row, Since(stepsOf[row.OrderId])))]);
    }

    /// <summary>A task that is handed on goes on; one that is done begins anew.</summary>
    static DateTimeOffset Since(IEnumerable<EntryRow> steps) =>
        steps.Reverse().TakeWhile(step => step.Kind == Kinds.NeedsAttention).Last().At;
}

/// <summary>The orders that need a person.</summary>
sealed record OpenTasks(int Total, IReadOnlyList<OpenTask> First);

/// <param name="Since">When the order first needed a person, if it was handed on since then.</param>
sealed record OpenTask(JourneyRow Journey, DateTimeOffset Since);

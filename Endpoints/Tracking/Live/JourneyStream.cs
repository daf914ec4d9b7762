using Dovetail.Endpoints.Live;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tracking.Live;

/// <summary>Sends an order's entries as they are written, until the order has ended.</summary>
sealed class JourneyStream(
    IDbContextFactory<TrackingDb> contexts, Signals signals, IOptions<TrackingOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);

    /// <param name="type">Type of the events.</param>
    /// <param name="json">What an entry looks like to this client.</param>
    public async Task Send(HttpContext http, string orderId, string type, Func<EntryRow, string> json)
    {
        // A stream would hold up the end of the process for as long as its client likes.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        using var follower = signals.Follow(orderId);
        try
        {
            await Send(http, follower, type, json, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client has gone, or will come back to another process.
        }
    }

    async Task Send(HttpContext http, Signals.Follower follower, string type, Func<EntryRow, string> json, CancellationToken cancellation)
    {
        // A page that shows the beginning can't set the header when it first comes; from then on its browser does.
        var told = Told.Before(http.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? http.Request.Query["after"]);
        var stream = new EventStream(http.Response, time);
        var announced = new HashSet<int>();
        var pause = FirstLook;

        if (await Read(follower.Subject, told, cancellation) is { Entries: [], HasEnded: true })
        {
            // The one answer that keeps a browser from coming back.
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await stream.Begin(cancellation);
        while (true)
        {
            announced.UnionWith(follower.Heard());
            var (entries, hasEnded) = await Read(follower.Subject, told, cancellation);
            foreach (var entry in entries)
                await stream.Send(type, told.Tell(entry.Sequence) ? entry.Sequence : null, json(entry), cancellation);
            if (hasEnded)
            {
                await stream.Send("end", null, "{}", cancellation);
                return;
            }

            if (stream.Quiet >= options.Value.KeepAlive) await stream.KeepAlive(cancellation);

            // An announcement comes right before the commit: what it announces is looked for at once, then ever more rarely, should the commit have failed.
            announced.RemoveWhere(told.Has);
            pause = announced.Count == 0 ? FirstLook : pause * 2;
            var wait = announced.Count == 0 || pause > options.Value.PollInterval ? options.Value.PollInterval : pause;
            await follower.Wait(wait < options.Value.KeepAlive ? wait : options.Value.KeepAlive, time, cancellation);
        }
    }

    /// <returns>What is new, and whether with it the client knows the whole story of an order that has ended.</returns>
    async Task<(IReadOnlyList<EntryRow> Entries, bool HasEnded)> Read(string orderId, Told told, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        var journey = await context.Journeys.AsNoTracking().SingleAsync(row => row.OrderId == orderId, cancellation);
        var entries = await context.Entries.AsNoTracking().Where(row => row.OrderId == orderId && row.Sequence > told.UpTo).OrderBy(row => row.Sequence).ToListAsync(cancellation);

        // An event that was overtaken by the last one still belongs to the story.
        var isWhole = entries.Count == Math.Max(0, journey.Sequence - told.UpTo);
        return ([.. entries.Where(entry => !told.Has(entry.Sequence))], journey.Ended is not null && isWhole);
    }
}

using Dovetail.Endpoints.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Hooks;

/// <summary>Keeps webhooks and hands them on, in one commit, each once.</summary>
/// <remarks>
/// Vendors tell much at once: every step of a parcel as its scans are read in, or all that happened while the hub was away.
/// Hints at the same thing that come while an earlier one is being committed share the next commit, and one message: whoever gets it looks after that.
/// </remarks>
sealed partial class HookIntake(CommitLane<HookDb> lane, SharedWrites writes, IServiceScopeFactory scopes, ILogger<HookIntake> logger)
{
    readonly Lock _gate = new();
    readonly Dictionary<(string Vendor, string Subject), List<Waiting>> _bursts = [];

    /// <summary>Ends when it is safe, as it was before if it came before.</summary>
    public Task Take(TakenHook hook, CancellationToken cancellation) =>
        hook.Subject is { } subject ? TakeWithOthers(hook, (hook.Vendor, subject)).WaitAsync(cancellation) : Keep([hook], cancellation);

    Task TakeWithOthers(TakenHook hook, (string, string) subject)
    {
        var waiting = new Waiting(hook);
        lock (_gate)
        {
            if (_bursts.TryGetValue(subject, out var burst))
            {
                burst.Add(waiting);
            }
            else
            {
                _bursts.Add(subject, [waiting]);
                _ = Task.Run(() => TakeAll(subject));
            }
        }
        return waiting.Done.Task;
    }

    async Task TakeAll((string, string) subject)
    {
        while (Next(subject) is { Count: > 0 } burst)
        {
            try
            {
                await Keep([.. burst.Select(waiting => waiting.Hook)], CancellationToken.None);
                foreach (var waiting in burst) waiting.Done.SetResult();
            }
            catch (Exception failure)
            {
                foreach (var waiting in burst) waiting.Done.SetException(failure);
            }
        }
    }

    /// <summary>Who has come meanwhile; after the last one the subject is forgotten.</summary>
    List<Waiting> Next((string, string) subject)
    {
        lock (_gate)
        {
            var burst = _bursts[subject];
            if (burst.Count == 0)
                _bursts.Remove(subject);
            else
                _bursts[subject] = [];
            return burst;
        }
    }

    async Task Keep(IReadOnlyList<TakenHook> hooks, CancellationToken cancellation)
    {
        var known = await Known(hooks, cancellation);
        foreach (var hook in hooks.Where(hook => known.Contains(hook.EventId)))
            CameAgain(hook.Vendor, hook.EventId);
        if (hooks.Where(hook => !known.Contains(hook.EventId)).DistinctBy(hook => hook.EventId).ToList() is { Count: > 0 } fresh)
            await Commit(fresh, cancellation);
    }

    async Task Commit(IReadOnlyList<TakenHook> hooks, CancellationToken cancellation)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var session = scope.ServiceProvider.GetRequiredService<ITransactionalSession>();
            await session.Open(new SqlPersistenceOpenSessionOptions(), cancellation);
            var latest = hooks.MaxBy(hook => hook.At)!;
            await session.Send(latest.Endpoint, latest.Message, cancellation);
            foreach (var hook in hooks)
            {
                writes.Add(session.SynchronizedStorageSession, $"{hook.Vendor}/{hook.EventId}",
                    $"INSERT INTO TakenHooks (Vendor, EventId, At, Body) VALUES ({hook.Vendor}, {hook.EventId}, {hook.At}, {hook.Kept})");
            }
            await session.Commit(cancellation);
            foreach (var hook in hooks) WasTaken(hook.Vendor, hook.EventId);
        }
        catch (Exception failure) when (Duplicates.Caused(failure) && !cancellation.IsCancellationRequested)
        {
            // The vendor repeated one while its first copy was on its way in, in another process, and that one has committed.
            if (hooks is [var one])
                CameAgain(one.Vendor, one.EventId);
            else
                foreach (var hook in hooks) await Commit([hook], cancellation);
        }
    }

    /// <summary>Spares the commits that would fail; the unique row is what decides.</summary>
    Task<HashSet<string>> Known(IReadOnlyList<TakenHook> hooks, CancellationToken cancellation) => lane.Read(
        db => hooks.Where(hook => db.Query($"SELECT 1 FROM TakenHooks WHERE Vendor = {hook.Vendor} AND EventId = {hook.EventId}", _ => true).Count > 0)
            .Select(hook => hook.EventId).ToHashSet(), cancellation);

    [LoggerMessage(LogLevel.Debug, "Took the webhook {EventId} of {Vendor}.")]
    partial void WasTaken(string vendor, string eventId);

    [LoggerMessage(LogLevel.Debug, "The webhook {EventId} of {Vendor} came again and was acknowledged.")]
    partial void CameAgain(string vendor, string eventId);

    sealed record Waiting(TakenHook Hook)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What a vendor sent, and what comes of it.</summary>
/// <param name="Endpoint">Gets the message.</param>
/// <param name="EventId">What the vendor calls it, or the hash of its body.</param>
/// <param name="Subject">What it hints at; null for what is no hint.</param>
sealed record TakenHook(string Vendor, string Endpoint, string EventId, string? Subject, string Kept, DateTimeOffset At, object Message);

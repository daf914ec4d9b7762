using System.Collections.Concurrent;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Forms;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Shop.Idempotency;

/// <summary>Takes a keyed request on once: its rows, its messages and the stored answer are one commit, made before the client hears anything.</summary>
sealed class Acceptance(IDbContextFactory<ShopDb> contexts, SharedWrites writes, TimeProvider time)
{
    /// <summary>So long a repetition waits for the request that it repeats.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Spares the commits that would fail; the unique row is what decides, between processes too.
    readonly ConcurrentDictionary<(string Client, string Endpoint, string Key), TaskCompletionSource> _running = new();

    /// <param name="session">Not opened yet.</param>
    /// <param name="work">Sends messages and registers writes; runs only if the key is new.</param>
    public async Task<IResult> Once(KeyedRequest request, Accepted answer, ITransactionalSession session, Func<Task> work, CancellationToken cancellation)
    {
        var (key, ended) = ((request.Client, request.Endpoint, request.Key), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        for (var since = time.GetTimestamp(); !_running.TryAdd(key, ended);)
        {
            // Whoever repeats a request for the client, such as a proxy that lost the way to it, need not bother him with that.
            if (await HasEnded(key, Patience - time.GetElapsedTime(since), cancellation)) continue;
            return Problem.Of(StatusCodes.Status409Conflict,
                "A request with this Idempotency-Key is being worked on at this moment. Repeat it in a second with the same key: you will get its answer.");
        }

        try
        {
            if (await Earlier(request, cancellation) is { } earlier) return earlier;

            await session.Open(new SqlPersistenceOpenSessionOptions(), cancellation);
            await work();
            writes.Add(session.SynchronizedStorageSession, $"{request.Client}/{request.Endpoint}/{request.Key}",
                $"""
                INSERT INTO ShopAnswers (Client, Endpoint, Key, Fingerprint, Location, Body, At)
                VALUES ({request.Client}, {request.Endpoint}, {request.Key}, {request.Fingerprint}, {answer.Location}, {answer.Body}, {time.GetUtcNow()})
                """);
            await session.Commit(cancellation);
            return answer;
        }
        catch (Exception failure) when (Duplicates.Caused(failure) && !cancellation.IsCancellationRequested)
        {
            // Another process was faster: it has committed, so its answer is there. If not, the duplicate is none of ours.
            if (await Earlier(request, cancellation) is { } earlier) return earlier;
            throw;
        }
        finally
        {
            _running.TryRemove(key, out _);
            ended.SetResult();
        }
    }

    async Task<bool> HasEnded((string, string, string) key, TimeSpan patience, CancellationToken cancellation)
    {
        if (!_running.TryGetValue(key, out var running)) return true;
        if (patience <= TimeSpan.Zero) return false;
        await running.Task.WaitAsync(patience, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        return running.Task.IsCompleted;
    }

    async Task<IResult?> Earlier(KeyedRequest request, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        var row = await context.Answers.AsNoTracking().SingleOrDefaultAsync(
            row => row.Client == request.Client && row.Endpoint == request.Endpoint && row.Key == request.Key, cancellation);
        if (row is null) return null;
        return row.Fingerprint == request.Fingerprint ? new Accepted(row.Location, row.Body) { IsRepeated = true } : KeyedRequest.UsedForAnother(row.At);
    }
}

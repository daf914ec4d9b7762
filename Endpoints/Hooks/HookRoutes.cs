using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Hooks;

/// <summary>Takes webhooks in: judged, kept and handed on in one commit, and only then acknowledged.</summary>
sealed partial class HookRoutes(IEnumerable<IHook> hooks, CommitLane<HookDb> lane, SharedWrites writes, ILogger<HookRoutes> logger, TimeProvider time)
{
    const int LargestBody = 256 * 1024;

    readonly IReadOnlyDictionary<string, IHook> _hooks = hooks.ToDictionary(hook => hook.Vendor);

    /// <param name="session">Not opened yet.</param>
    public async Task<IResult> Receive(string vendor, string? rest, HttpContext http, ITransactionalSession session)
    {
        if (!_hooks.TryGetValue(vendor, out var hook))
            return Problem.Of(StatusCodes.Status404NotFound, "No webhooks are taken here. Compare the address with the one in the hub's settings.");
        if (await Read(http.Request) is not { } body)
            return Problem.Of(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {LargestBody} bytes.");

        var now = time.GetUtcNow();
        var source = http.User.Address();
        switch (hook.Judge(new(source, rest?.Trim('/') ?? "", http.Request.Headers, body, now)))
        {
            case HookVerdict.Taken taken:
                await Take(hook, taken, body, now, session, http.RequestAborted);
                return TypedResults.Ok();
            case HookVerdict.Refused refused:
                WasRefused(vendor, $"{source}", refused.Why);
                return Problem.Of(refused.Status, "This was not taken as a webhook. The hub's log says why.");
            default:
                return TypedResults.Ok();
        }
    }

    async Task Take(IHook hook, HookVerdict.Taken taken, byte[] body, DateTimeOffset now, ITransactionalSession session, CancellationToken cancellation)
    {
        var id = taken.EventId ?? Convert.ToHexStringLower(SHA256.HashData(body));
        if (await Came(hook.Vendor, id, cancellation))
        {
            CameAgain(hook.Vendor, id);
            return;
        }

        try
        {
            await session.Open(new SqlPersistenceOpenSessionOptions(), cancellation);
            await session.Send(hook.Endpoint, taken.Message, cancellation);
            writes.Add(session.SynchronizedStorageSession, $"{hook.Vendor}/{id}",
                $"INSERT INTO TakenHooks (Vendor, EventId, At, Body) VALUES ({hook.Vendor}, {id}, {now}, {taken.Kept ?? Encoding.UTF8.GetString(body)})");
            await session.Commit(cancellation);
            WasTaken(hook.Vendor, id);
        }
        catch (Exception failure) when (Duplicates.Caused(failure) && !cancellation.IsCancellationRequested)
        {
            // The vendor repeated it while its first copy was on its way in, and that one has committed.
            CameAgain(hook.Vendor, id);
        }
    }

    /// <summary>Spares the commits that would fail; the unique row is what decides.</summary>
    Task<bool> Came(string vendor, string id, CancellationToken cancellation) =>
        lane.Read(db => db.Query($"SELECT 1 FROM TakenHooks WHERE Vendor = {vendor} AND EventId = {id}", _ => true).Count > 0, cancellation);

    static async Task<byte[]?> Read(HttpRequest request)
    {
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0;)
        {
            body.Write(chunk, 0, read);
            if (body.Length > LargestBody) return null;
        }
        return body.ToArray();
    }

    [LoggerMessage(LogLevel.Debug, "Took the webhook {EventId} of {Vendor}.")]
    partial void WasTaken(string vendor, string eventId);

    [LoggerMessage(LogLevel.Debug, "The webhook {EventId} of {Vendor} came again and was acknowledged.")]
    partial void CameAgain(string vendor, string eventId);

    [LoggerMessage(LogLevel.Warning, "Refused what came from {Address} as a webhook of {Vendor}: {Why}. Nothing was done. If the vendor did send it, compare its settings with the hub's.")]
    partial void WasRefused(string vendor, string address, string why);
}

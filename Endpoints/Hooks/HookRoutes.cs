using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dovetail.Endpoints.Hooks;

/// <summary>Takes webhooks in: judged, kept and handed on in one commit, and only then acknowledged.</summary>
sealed partial class HookRoutes(IEnumerable<IHook> hooks, HookIntake intake, ILogger<HookRoutes> logger, TimeProvider time)
{
    const int LargestBody = 256 * 1024;

    readonly IReadOnlyDictionary<string, IHook> _hooks = hooks.ToDictionary(hook => hook.Vendor);

    public async Task<IResult> Receive(string vendor, string? rest, HttpContext http)
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
                await Take(hook, taken, body, now, http.RequestAborted);
                return TypedResults.Ok();
            case HookVerdict.Refused refused:
                WasRefused(vendor, $"{source}", refused.Why);
                return Problem.Of(refused.Status, "This was not taken as a webhook. The hub's log says why.");
            default:
                return TypedResults.Ok();
        }
    }

    Task Take(IHook hook, HookVerdict.Taken taken, byte[] body, DateTimeOffset now, CancellationToken cancellation) => intake.Take(
        new(hook.Vendor, hook.Endpoint, taken.EventId ?? Convert.ToHexStringLower(SHA256.HashData(body)), taken.Subject, taken.Kept ?? Encoding.UTF8.GetString(body), now, taken.Message),
        cancellation);

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

    [LoggerMessage(LogLevel.Warning, "Refused what came from {Address} as a webhook of {Vendor}: {Why}. Nothing was done. If the vendor did send it, compare its settings with the hub's.")]
    partial void WasRefused(string vendor, string address, string why);
}

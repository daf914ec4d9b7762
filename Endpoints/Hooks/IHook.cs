using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Hooks;

/// <summary>How one vendor's webhooks are told from forged ones, and what they are good for.</summary>
/// <remarks>Registered as a service by the endpoint that works with the vendor, in whose folder it lives.</remarks>
interface IHook
{
    /// <summary>Its place: <c>/hooks/{Vendor}</c>.</summary>
    string Vendor { get; }

    /// <summary>The endpoint that gets what comes of it.</summary>
    string Endpoint { get; }

    /// <summary>Looks at what came, and asks nobody: the vendor waits.</summary>
    HookVerdict Judge(HookRequest request);
}

/// <summary>What was posted.</summary>
/// <param name="Source">Where it came from, by the gateway's word.</param>
/// <param name="Rest">The path after the vendor's name, without a slash at its ends: the secret, where the address holds one.</param>
sealed record HookRequest(IPAddress Source, string Rest, IHeaderDictionary Headers, ReadOnlyMemory<byte> Body, DateTimeOffset At)
{
    /// <summary>Compares without telling by its duration how much was right.</summary>
    public static bool IsSecret(string given, string secret) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <summary>What is to be done with it.</summary>
abstract record HookVerdict
{
    /// <summary>It is what the vendor sends: it is kept and handed on, once.</summary>
    /// <param name="EventId">What the vendor calls it; null where it has no name, so that its content is its name.</param>
    /// <param name="Message">Goes to the hook's endpoint.</param>
    public sealed record Taken(string? EventId, object Message) : HookVerdict
    {
        /// <summary>What it hints at: of those that come together about the same, the latest one's message is enough. Null for what is more than a hint.</summary>
        public string? Subject { get; init; }

        /// <summary>What is kept of the body; null for all of it. Not what must not be read by others later.</summary>
        public string? Kept { get; init; }
    }

    /// <summary>The vendor sends it, and nobody here needs it: it is acknowledged, or the vendor would repeat it for days.</summary>
    public sealed record NotNeeded : HookVerdict;

    /// <summary>It is not shown to be the vendor's, or is none of what the vendor sends. Nothing is kept.</summary>
    /// <param name="Status">The answer; each vendor makes something else of it.</param>
    /// <param name="Why">For the log: no secrets, nothing personal.</param>
    public sealed record Refused(int Status, string Why) : HookVerdict;
}

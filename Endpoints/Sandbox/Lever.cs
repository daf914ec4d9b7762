using System.Text.Json.Serialization;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>A fault that is pulled on purpose.</summary>
/// <param name="System">The stand-in, by the first segment of its address: "yookassa".</param>
/// <param name="Effect">What happens to a request that matches.</param>
/// <param name="Match">Only requests with this text in path, query, body or idempotency key, such as an order id; null for all.</param>
/// <param name="Call">Only requests whose method and path contain this: "POST /yookassa/v3/payments"; null for all.</param>
/// <param name="Times">How often; null for always.</param>
/// <param name="Delay">How long <see cref="LeverEffect.Slow"/> waits.</param>
/// <param name="Reason">Why <see cref="LeverEffect.Refuse"/> refuses, in the vendor's own words: "insufficient_funds".</param>
/// <param name="Chance">How likely it works on a request that matches, from 0 to 1; null for always.</param>
sealed record Lever(
    string System, LeverEffect Effect, string? Match = null, string? Call = null, int? Times = null, TimeSpan? Delay = null, string? Reason = null,
    double? Chance = null);

/// <summary>What a lever does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeverEffect>))]
enum LeverEffect
{
    /// <summary>Waits, then goes on.</summary>
    [JsonStringEnumMemberName("slow")]
    Slow,

    /// <summary>500, and nothing happened.</summary>
    [JsonStringEnumMemberName("fail-before")]
    FailBefore,

    /// <summary>The vendor acts, the caller gets 500.</summary>
    [JsonStringEnumMemberName("fail-after")]
    FailAfter,

    /// <summary>No answer until the caller gives up, and nothing happened.</summary>
    [JsonStringEnumMemberName("silent")]
    Silent,

    /// <summary>The vendor acts and never answers.</summary>
    [JsonStringEnumMemberName("silent-after")]
    SilentAfter,

    /// <summary>The vendor says no, in its own way.</summary>
    [JsonStringEnumMemberName("refuse")]
    Refuse,

    /// <summary>The goods are gone.</summary>
    [JsonStringEnumMemberName("out-of-stock")]
    OutOfStock,

    /// <summary>A webhook that never arrives.</summary>
    [JsonStringEnumMemberName("lose")]
    Lose,

    /// <summary>A stranger sends something of the kind before the webhook itself comes.</summary>
    [JsonStringEnumMemberName("forge")]
    Forge,
}

using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.RabbitMQ.Broker;

/// <summary>
/// Whether a quorum queue drops messages that were returned too often. Up to RabbitMQ 3 it does so only if told; from 4 on it drops them after 20 times,
/// unless a policy says otherwise: then this makes one.
/// </summary>
sealed partial class DeliveryLimits(ManagementApi api, TimeProvider time, ILogger logger)
{
    /// <summary>What stands for no limit: more than anybody retries at once.</summary>
    const int Unlimited = 100_000;

    const int MostLooks = 20;
    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(3);

    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    /// <exception cref="InvalidOperationException">Its limit is set where nobody but its owner may change it.</exception>
    public async Task Check(string queue, CancellationToken cancellation)
    {
        var version = (await api.Overview(cancellation))?.Version;
        var limitsByItself = version is { Major: >= 4 };
        var managed = await Find(queue, waits: limitsByItself, cancellation);
        if (managed.Type is not (null or "quorum")) return;

        if (Number(managed.Arguments, "x-delivery-limit") is { } declared && IsLimit(declared))
        {
            throw new InvalidOperationException(
                $"Queue '{queue}' was declared with x-delivery-limit {declared}: RabbitMQ drops messages that were returned more often. Delete the queue once it is empty, and let the endpoint's installer make it anew.");
        }
        var ours = $"nsb.{queue}.delivery-limit";
        if (InEffect(managed) is { } limit && IsLimit(limit))
        {
            throw new InvalidOperationException(
                $"Policy '{managed.Policy}' gives queue '{queue}' a delivery limit of {limit}: RabbitMQ drops messages that were returned more often. Set delivery-limit to {Unlimited} in that policy, or leave it out.");
        }
        if (!limitsByItself || InEffect(managed) is >= Unlimited) return;
        if (managed.Policy is { Length: > 0 } other && other != ours)
        {
            throw new InvalidOperationException(
                $"Queue '{queue}' has RabbitMQ's own delivery limit of 20, after which messages are dropped, and policy '{other}' applies to it, beside which no other can. Set delivery-limit to {Unlimited} in that policy.");
        }
        await api.Put(ours, new Policy($"^{Regex.Escape(queue)}$", "quorum_queues", new() { ["delivery-limit"] = JsonSerializer.SerializeToElement(Unlimited) }, 0), cancellation);
        LogLifted(queue, ours);
    }

    async Task<ManagedQueue> Find(string queue, bool waits, CancellationToken cancellation)
    {
        for (var look = 1; ; look++)
        {
            var found = await api.Queue(queue, cancellation) ?? throw RabbitQueues.Missing(queue, new HttpRequestException("The management API does not know it.", null, HttpStatusCode.NotFound));

            // The broker finds out a while after a queue is made which policy applies to it.
            if (found.EffectivePolicyDefinition is not null || !waits || look == MostLooks) return found;
            await Task.Delay(BetweenLooks, time, cancellation);
        }
    }

    static long? InEffect(ManagedQueue queue) =>
        queue.EffectivePolicyDefinition is { ValueKind: JsonValueKind.Object } definition && definition.TryGetProperty("delivery-limit", out var limit) ? Number(limit) : null;

    static bool IsLimit(long limit) => limit is >= 0 and < Unlimited;

    static long? Number(Dictionary<string, JsonElement>? values, string key) => values is not null && values.TryGetValue(key, out var value) ? Number(value) : null;

    static long? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.String when long.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    [LoggerMessage(LogLevel.Information, "Queue {Queue} had RabbitMQ's own delivery limit, after which messages are dropped; policy {Policy} lifts it")]
    partial void LogLifted(string queue, string policy);
}

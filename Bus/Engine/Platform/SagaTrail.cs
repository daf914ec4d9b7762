using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;

namespace Dovetail.Bus.Platform;

/// <summary>What a saga sends while it handles one message, noted for the audit of its changes.</summary>
sealed class SagaTrail(DateTimeOffset startedAt)
{
    readonly Lock _gate = new();
    readonly List<(IReadOnlyDictionary<string, string> Headers, SagaUpdate.Outcome Outcome)> _sent = [];

    public DateTimeOffset StartedAt => startedAt;

    /// <remarks>A saga may send from several tasks at once.</remarks>
    public void Sent(Type type, ExtendableOptions options, Target target, IReadOnlyDictionary<string, string> headers, DateTimeOffset now)
    {
        var send = options as SendOptions;
        var outcome = new SagaUpdate.Outcome(
            type.ToString(), now.UtcDateTime, send?.DeliverAt?.UtcDateTime, send?.Delay, (target as Target.Queue)?.Address, headers[Headers.MessageId], headers[Headers.MessageIntent]);
        lock (_gate) _sent.Add((headers, outcome));
    }

    /// <param name="isDropped">Tells, by its headers, a timeout that the saga has taken back since.</param>
    public IReadOnlyList<SagaUpdate.Outcome> Outcomes(Func<IReadOnlyDictionary<string, string>, bool> isDropped)
    {
        lock (_gate) return [.. _sent.Where(sent => !isDropped(sent.Headers)).Select(sent => sent.Outcome)];
    }
}

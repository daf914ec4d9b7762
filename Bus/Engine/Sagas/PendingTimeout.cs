using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus;

/// <summary>A timeout that a saga has asked for and that has not rung, nor been taken back.</summary>
/// <param name="Saga">The saga's class.</param>
/// <param name="State">The full name of the type with which the saga is called.</param>
/// <param name="DueAt">Past, if its message waits in a queue, or failed and waits for somebody.</param>
public sealed record PendingTimeout(string Saga, Guid SagaId, string State, DateTimeOffset DueAt, string TimeoutId)
{
    /// <summary>On the message of a timeout that a row belongs to: only with the row it rings. Timeouts from elsewhere, and from before there were rows, have no such header, and ring.</summary>
    internal const string Header = "Dovetail.SagaTimeout";

    /// <summary>The header's value.</summary>
    internal static string Mark(string timeoutId, Type state) => $"{timeoutId} {state.FullName}";

    /// <summary>Under which the row is kept; null for a message without one.</summary>
    internal static string? IdIn(IReadOnlyDictionary<string, string> headers) =>
        headers.TryGetValue(Header, out var mark) && mark.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? mark[..end] : null;

    /// <summary>The row that belongs to an outgoing message; null if it is no timeout.</summary>
    internal static PendingTimeout? Of(OutgoingOperation operation)
    {
        if (IdIn(operation.Headers) is not { } id || !Guid.TryParse(operation.Headers.GetValueOrDefault(Headers.SagaId), out var sagaId)) return null;
        var sagaType = operation.Headers.GetValueOrDefault(Headers.SagaType, "").Split(',')[0];
        // A behavior may have decided that it leaves without delay.
        var due = operation.DueAt ?? WireTime.Read(operation.Headers[Headers.TimeSent]);
        return new PendingTimeout(sagaType[(sagaType.LastIndexOfAny(['.', '+']) + 1)..], sagaId, operation.Headers[Header][(id.Length + 1)..], due, id);
    }
}

/// <summary>The timeouts of one endpoint's sagas, for whoever watches over it.</summary>
public sealed class PendingTimeouts
{
    readonly IStore _store;

    internal PendingTimeouts(IStore store) => _store = store;

    /// <summary>Those that are due first.</summary>
    public Task<IReadOnlyList<PendingTimeout>> List(int most, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return _store.ListTimeouts(most, cancellation);
    }
}

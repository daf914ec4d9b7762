using Dovetail.Bus.Messages;
using Dovetail.Bus.Sagas;
using NServiceBus;

namespace Dovetail.Bus
{
    /// <summary>Taking timeouts back.</summary>
    public static class SagaTimeoutExtensions
    {
        /// <summary>Takes back all timeouts with state of this type that this saga has asked for, with the outcome of the message: their messages have no effect when they arrive.</summary>
        /// <remarks>A timeout that the saga asks for afterwards rings. So does one that was asked for before this engine kept rows for them.</remarks>
        public static void CancelTimeouts<TState>(this Saga saga, IMessageHandlerContext context)
        {
            ArgumentNullException.ThrowIfNull(saga);
            ArgumentNullException.ThrowIfNull(context);
            context.Extensions.GetOrCreate<SagaTimeouts>().Cancel(saga.GetType().Name, saga.Entity.Id, typeof(TState));
        }
    }
}

namespace Dovetail.Bus.Sagas
{
    /// <summary>What sagas ask for, and take back, while they handle one message.</summary>
    sealed class SagaTimeouts
    {
        readonly List<(string Saga, Guid SagaId, Type State, string Id)> _requested = [];
        readonly HashSet<string> _dropped = new(StringComparer.Ordinal);

        /// <summary>Whose timeouts, of which type, are taken back.</summary>
        public List<(string Saga, Guid SagaId, Type State)> Cancelled { get; } = [];

        /// <returns>The mark for the timeout's message.</returns>
        public string Request(string saga, Guid sagaId, Type state)
        {
            var id = Chance.NewGuid().ToString();
            _requested.Add((saga, sagaId, state, id));
            return PendingTimeout.Mark(id, state);
        }

        public void Cancel(string saga, Guid sagaId, Type state)
        {
            Cancelled.Add((saga, sagaId, state));
            // What was asked for in the same breath need not leave at all.
            foreach (var request in _requested.Where(request => request.Saga == saga && request.SagaId == sagaId && request.State == state)) _dropped.Add(request.Id);
        }

        /// <summary>True for the message of a timeout that was asked for and taken back again.</summary>
        public bool IsDropped(IReadOnlyDictionary<string, string> headers) => _dropped.Count > 0 && PendingTimeout.IdIn(headers) is { } id && _dropped.Contains(id);
    }
}

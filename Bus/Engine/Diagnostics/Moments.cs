using Dovetail.Bus.Transport;

namespace Dovetail.Bus;

/// <summary>The points of a message's way at which its process may die, in their order. <see cref="Written"/> and <see cref="Flushed"/> lie within a store's commit.</summary>
enum Moment { Taken, FoundNew, Read, Handled, Audited, Written, Flushed, Committed, Dispatched, Done }

/// <summary>Tells the crash tests where their process is, so that they can kill it right there. Nobody listens otherwise.</summary>
static class Moments
{
    public static Action<Moment, ReceivedMessage?>? Listener { get; set; }

    public static void Reached(Moment moment, ReceivedMessage? message = null) => Listener?.Invoke(moment, message);
}

using Dovetail.Bus.Handlers;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus.Extensibility;
using NServiceBus.Transport;

namespace Dovetail.Bus.Receiving;

/// <summary>One attempt at a message: what its steps, and the behaviors between them, work on.</summary>
/// <param name="path">Whose steps lead through the attempt.</param>
/// <param name="received">With headers of the attempt's own: what a failed one changed in them is forgotten.</param>
sealed class Attempt(ReceivePath path, ReceivedMessage received, IServiceProvider services, DateTimeOffset startedAt, CancellationToken cancellation)
{
    public ReceivePath Path => path;

    public ReceivedMessage Received => received;

    public string MessageId { get; } = ReceivePath.IdOf(received);

    public IServiceProvider Services => services;

    public DateTimeOffset StartedAt => startedAt;

    public CancellationToken Cancellation => cancellation;

    /// <summary>The message as behaviors see it; null where there are none.</summary>
    public IncomingMessage? Visible { get; private set; }

    /// <summary>What behaviors stored before the message was known to be new; null where there are none.</summary>
    public ContextBag? Bag { get; private set; }

    /// <summary>What is read: mutators and behaviors may change it, while copies keep what was received.</summary>
    public ReadOnlyMemory<byte> Body
    {
        get => Visible?.Body ?? field;
        set
        {
            field = value;
            if (Visible is not null) Visible.Body = value;
        }
    } = received.Body;

    /// <summary>What the body held.</summary>
    public IReadOnlyList<object> Messages { get; set; } = [];

    public UnitOfWork Work { get; private set; } = null!;

    /// <summary>Null where the endpoint has no sagas.</summary>
    public SagaInstances? Sagas { get; private set; }

    public MessageHandlerContext Context { get; private set; } = null!;

    /// <summary>True once the message has left its queue, or is left there on purpose.</summary>
    public bool Settled { get; set; }

    /// <summary>True once all that the message led to is committed and dispatched, and it has left its queue.</summary>
    public bool Ended { get; set; }

    public void Show()
    {
        Visible = new IncomingMessage(received.NativeId, received.Headers, received.Body);
        Bag = new ContextBag();
        Bag.Set(Visible);
    }

    public void Begin(UnitOfWork work, SagaInstances? sagas, MessageHandlerContext context) => (Work, Sagas, Context) = (work, sagas, context);
}

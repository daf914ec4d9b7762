using System.Diagnostics;

namespace NServiceBus.Testing;

public partial class TestableSaga<TSaga, TSagaData>
{
    /// <summary>What came of one message.</summary>
    [DebuggerDisplay("HandleResult: {HandledMessage.Message}")]
    public class HandleResult
    {
        internal HandleResult(Guid sagaId, bool completed, TestableMessageHandlerContext context, QueuedSagaMessage handledMessage, TSagaData sagaDataSnapshot)
        {
            SagaId = sagaId;
            Completed = completed;
            Context = context;
            HandledMessage = handledMessage;
            SagaDataSnapshot = sagaDataSnapshot;
        }

        /// <summary>True if the saga ended with this message.</summary>
        public bool Completed { get; }

        /// <summary>What the saga sent, published and replied.</summary>
        public TestableMessageHandlerContext Context { get; }

        /// <summary>The message that was handled, with the headers it had.</summary>
        public QueuedSagaMessage HandledMessage { get; }

        /// <summary>The state as the message left it; a copy, which later messages do not change.</summary>
        public TSagaData SagaDataSnapshot { get; }

        /// <summary>Id of the instance that handled the message.</summary>
        public Guid SagaId { get; }

        /// <summary>The first event of this type that the saga published; null if there is none.</summary>
        public TMessage FindPublishedMessage<TMessage>() => Context.FindPublishedMessage<TMessage>();

        /// <summary>The first reply of this type that the saga gave, also to whoever began it; null if there is none.</summary>
        public TMessage FindReplyMessage<TMessage>() => Context.FindReplyMessage<TMessage>();

        /// <summary>The first message of this type that the saga sent; null if there is none.</summary>
        public TMessage FindSentMessage<TMessage>() => Context.FindSentMessage<TMessage>();

        /// <summary>The state of the first timeout of this type that the saga asked for; null if there is none.</summary>
        public TMessage FindTimeoutMessage<TMessage>() => Context.FindTimeoutMessage<TMessage>();
    }
}

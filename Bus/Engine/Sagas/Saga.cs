using System.Globalization;

namespace NServiceBus;

/// <summary>A long-running process: state that messages move on.</summary>
public abstract class Saga
{
    /// <summary>True once the process has ended: its state is deleted with the commit of this message.</summary>
    public bool Completed { get; private set; }

    /// <summary>The state, untyped.</summary>
    public IContainSagaData Entity { get; set; } = null!;

    /// <summary>Says by which property of each message the instance is found.</summary>
    protected internal abstract void ConfigureHowToFindSaga(IConfigureHowToFindSagaWithMessage sagaMessageFindingConfiguration);

    /// <summary>Ends the process. Later messages and timeouts for it find nothing.</summary>
    protected void MarkAsComplete() => Completed = true;

    /// <summary>Answers whoever began the saga.</summary>
    /// <exception cref="InvalidOperationException">The message that began the saga had no reply address.</exception>
    protected Task ReplyToOriginator(IMessageHandlerContext context, object message, IReadOnlyDictionary<string, string>? outgoingHeaders = null)
    {
        if (string.IsNullOrEmpty(Entity.Originator))
            throw new InvalidOperationException($"{GetType().Name} {Entity.Id} was begun by a message without a reply address, so there is nobody to answer.");

        var options = new ReplyOptions();
        options.SetDestination(Entity.Originator);
        options.Extensions.Set(new Dovetail.Bus.Sending.AnswerToOriginator(Entity.OriginalMessageId));
        foreach (var (key, value) in outgoingHeaders ?? new Dictionary<string, string>()) options.SetHeader(key, value);
        return context.Reply(message, options);
    }

    /// <summary>Has the saga called at a point in time, with a new state object.</summary>
    protected Task RequestTimeout<TTimeoutMessageType>(IMessageHandlerContext context, DateTimeOffset at) where TTimeoutMessageType : new() =>
        RequestTimeout(context, at, new TTimeoutMessageType());

    /// <summary>Has the saga called after a while, with a new state object.</summary>
    protected Task RequestTimeout<TTimeoutMessageType>(IMessageHandlerContext context, TimeSpan within) where TTimeoutMessageType : new() =>
        RequestTimeout(context, within, new TTimeoutMessageType());

    /// <summary>Has the saga called at a point in time, with this state object.</summary>
    protected Task RequestTimeout<TTimeoutMessageType>(IMessageHandlerContext context, DateTimeOffset at, TTimeoutMessageType timeoutMessage)
    {
        var options = Timeout<TTimeoutMessageType>(context);
        options.DoNotDeliverBefore(at);
        return context.Send(timeoutMessage!, options);
    }

    /// <summary>Has the saga called after a while, with this state object.</summary>
    protected Task RequestTimeout<TTimeoutMessageType>(IMessageHandlerContext context, TimeSpan within, TTimeoutMessageType timeoutMessage)
    {
        var options = Timeout<TTimeoutMessageType>(context);
        options.DelayDeliveryWith(within);
        return context.Send(timeoutMessage!, options);
    }

    SendOptions Timeout<TState>(IMessageHandlerContext context)
    {
        if (this is not IHandleTimeouts<TState>)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"{GetType().Name} asks for a timeout with {typeof(TState).Name}, which it does not handle. Implement IHandleTimeouts<{typeof(TState).Name}>."));
        }

        var options = PipelineContextExtensions.Here();
        options.SetHeader(Headers.SagaId, Entity.Id.ToString());
        options.SetHeader(Headers.SagaType, GetType().AssemblyQualifiedName!);
        options.SetHeader(Headers.IsSagaTimeoutMessage, bool.TrueString);
        options.SetHeader(Dovetail.Bus.PendingTimeout.Header, context.Extensions.GetOrCreate<Dovetail.Bus.Sagas.SagaTimeouts>().Request(GetType().Name, Entity.Id, typeof(TState)));
        return options;
    }
}

/// <summary>A long-running process with state of type <typeparamref name="TSagaData"/>.</summary>
public abstract class Saga<TSagaData> : Saga where TSagaData : class, IContainSagaData, new()
{
    /// <summary>The state; saved when the message has been handled.</summary>
    public TSagaData Data
    {
        get => (TSagaData)Entity;
        set => Entity = value;
    }

    /// <inheritdoc />
    protected internal override void ConfigureHowToFindSaga(IConfigureHowToFindSagaWithMessage sagaMessageFindingConfiguration) =>
        ConfigureHowToFindSaga(new SagaPropertyMapper<TSagaData>(sagaMessageFindingConfiguration));

    /// <summary>Says by which property of each message the instance is found.</summary>
    protected abstract void ConfigureHowToFindSaga(SagaPropertyMapper<TSagaData> mapper);
}

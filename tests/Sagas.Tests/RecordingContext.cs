using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;

namespace Dovetail.Sagas.Tests;

/// <summary>Keeps what a saga publishes, sends and asks to be woken for while it handles one message.</summary>
sealed class RecordingContext : IMessageHandlerContext
{
    public List<object> Published { get; } = [];

    public List<object> Sent { get; } = [];

    public List<(DateTimeOffset At, object State)> Timeouts { get; } = [];

    public ContextBag Extensions { get; } = new();

    public CancellationToken CancellationToken => CancellationToken.None;

    public IReadOnlyDictionary<string, string> MessageHeaders { get; } = new Dictionary<string, string>();

    public string MessageId { get; } = Guid.NewGuid().ToString();

    public string ReplyToAddress => "Shop";

    public ISynchronizedStorageSession SynchronizedStorageSession => throw new NotSupportedException("A saga stores nothing beside its state.");

    public Task Publish(object message, PublishOptions options)
    {
        Published.Add(message);
        return Task.CompletedTask;
    }

    public Task Send(object message, SendOptions options)
    {
        if (options.GetHeaders().ContainsKey(Headers.IsSagaTimeoutMessage))
            Timeouts.Add((options.GetDeliveryDate()!.Value, message));
        else
            Sent.Add(message);
        return Task.CompletedTask;
    }

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => throw Unmade();

    public Task Send<T>(Action<T> messageConstructor, SendOptions options) => throw Unmade();

    public Task Reply(object message, ReplyOptions options) => throw new NotSupportedException("The saga answers nobody; it publishes.");

    public Task Reply<T>(Action<T> messageConstructor, ReplyOptions options) => throw Unmade();

    public Task ForwardCurrentMessageTo(string destination) => throw new NotSupportedException("The saga forwards nothing.");

    public void DoNotContinueDispatchingCurrentMessageToHandlers() => throw new NotSupportedException("The saga is the only handler.");

    static NotSupportedException Unmade() => new("The saga makes its messages itself: they are records.");
}

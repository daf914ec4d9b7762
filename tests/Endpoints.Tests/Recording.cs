using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;

namespace Dovetail.Endpoints.Tests;

/// <summary>Stands where the bus would: keeps what a handler sends.</summary>
sealed class Recording(CancellationToken cancellation) : IMessageHandlerContext
{
    public List<object> Replies { get; } = [];

    public List<object> Sent { get; } = [];

    public List<object> Published { get; } = [];

    public CancellationToken CancellationToken => cancellation;

    public ContextBag Extensions { get; } = new();

    public IReadOnlyDictionary<string, string> MessageHeaders { get; init; } = new Dictionary<string, string>();

    public string MessageId { get; init; } = Guid.NewGuid().ToString();

    public string ReplyToAddress => "Sagas";

    public ISynchronizedStorageSession SynchronizedStorageSession =>
        throw new NotSupportedException("This recording has no storage session. Test what needs one with the bus.");

    public Task Publish(object message, PublishOptions options) => Keep(Published, message);

    public Task Send(object message, SendOptions options) => Keep(Sent, message);

    public Task Reply(object message, ReplyOptions options) => Keep(Replies, message);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => throw Unmade();

    public Task Send<T>(Action<T> messageConstructor, SendOptions options) => throw Unmade();

    public Task Reply<T>(Action<T> messageConstructor, ReplyOptions options) => throw Unmade();

    public Task ForwardCurrentMessageTo(string destination) => Task.CompletedTask;

    public void DoNotContinueDispatchingCurrentMessageToHandlers()
    {
    }

    /// <summary>Has a handler of its own scope handle a message, as the bus would.</summary>
    public static async Task<Recording> Of<THandler, TMessage>(IServiceProvider services, TMessage message, CancellationToken cancellation)
        where THandler : IHandleMessages<TMessage>
    {
        var recording = new Recording(cancellation);
        await using var scope = services.CreateAsyncScope();
        await ActivatorUtilities.CreateInstance<THandler>(scope.ServiceProvider).Handle(message, recording);
        return recording;
    }

    static NotSupportedException Unmade() => new("Handlers make their messages themselves: they are records.");

    static Task Keep(List<object> kept, object message)
    {
        kept.Add(message);
        return Task.CompletedTask;
    }
}

using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Testing;

/// <summary>One endpoint's way to the queues of a broker.</summary>
sealed class InMemoryQueues(InMemoryBroker broker, TimeSpan lease, TimeProvider time, ILogger logger) : ITransport
{
    public InMemoryBroker Broker => broker;

    public bool InstallsItself => true;

    public string Address(string queue) => queue;

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => broker.Call("create queues", string.Join(", ", queues), () =>
    {
        foreach (var queue in queues) broker.Create(queue);
        return true;
    });

    public Task<QueueLength> Length(string queue, CancellationToken cancellation) => broker.Call("measure", queue, () => broker.Queue(queue).Length(time.GetUtcNow()));

    public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => broker.Call("peek", queue, () => broker.Queue(queue).Peek(most));

    public Task Purge(string queue, CancellationToken cancellation) => broker.Call("purge", queue, () =>
    {
        broker.Queue(queue).Purge();
        return true;
    });

    public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => broker.Call("subscribe", queue, () =>
    {
        foreach (var type in events) broker.Subscribe(queue, type);
        return true;
    });

    public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => broker.Call("unsubscribe", queue, () =>
    {
        foreach (var type in events) broker.Unsubscribe(queue, type);
        return true;
    });

    public Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation) => broker.Call("send", Told(operations), () =>
    {
        broker.Prepare(operations, time.GetUtcNow())();
        return true;
    });

    public IReceiver Receive(string queue) => new InMemoryReceiver(broker, this, queue, lease, time, logger);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    static string Told(IReadOnlyList<OutgoingOperation> operations) => string.Join(", ", operations.Select(operation => operation.MessageId));
}

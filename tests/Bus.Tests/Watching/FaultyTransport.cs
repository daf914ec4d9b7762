using Dovetail.Bus.Testing;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Watching;

/// <summary>The twin's transport, whose receivers hang, fail or fall silent when a test wants it.</summary>
sealed class FaultyTransport(InMemoryBroker broker, Faultiness faults) : TransportDefinition
{
    internal override ITransport Create(TransportContext context) => new FaultyQueues(new InMemoryTransport(broker).Create(context), faults, context.Time);
}

/// <summary>The twin's store behind a <see cref="FaultyTransport"/>.</summary>
sealed class FaultyPersistence : PersistenceDefinition, IPersistenceDefinitionFactory<FaultyPersistence>
{
    public static FaultyPersistence Create() => new();

    internal override IStore Create(ITransport transport, TransportContext context) => new InMemoryStore(((InMemoryQueues)((FaultyQueues)transport).Inner).Broker, context.EndpointName, context.Deduplicates, context.Time);
}

/// <summary>What goes wrong.</summary>
sealed class Faultiness
{
    /// <summary>Takes hang before they look for messages, and do not heed their token.</summary>
    public TaskCompletionSource? Hang { get; set; }

    /// <summary>Takes hang with the messages that they have taken.</summary>
    public TaskCompletionSource? HangWithMessages { get; set; }

    /// <summary>Takes fail.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Receivers can't be made.</summary>
    public Exception? MakeFailure { get; set; }

    /// <summary>Sending fails.</summary>
    public Exception? SendFailure { get; set; }

    /// <summary>How many receivers were made, and how many are gone.</summary>
    public int Made { get; set; }

    public int Gone { get; set; }
}

sealed class FaultyQueues(ITransport inner, Faultiness faults, TimeProvider time) : ITransport
{
    public ITransport Inner => inner;

    public bool InstallsItself => inner.InstallsItself;

    public string Address(string queue) => inner.Address(queue);

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => inner.CreateQueues(queues, cancellation);

    public Task<QueueLength> Length(string queue, CancellationToken cancellation) => inner.Length(queue, cancellation);

    public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => inner.Peek(queue, most, cancellation);

    public Task Purge(string queue, CancellationToken cancellation) => inner.Purge(queue, cancellation);

    public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => inner.Subscribe(queue, events, cancellation);

    public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => inner.Unsubscribe(queue, events, cancellation);

    public Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation) =>
        faults.SendFailure is { } failure ? throw failure : inner.Send(operations, cancellation);

    public IReceiver Receive(string queue)
    {
        if (faults.MakeFailure is { } failure) throw failure;
        faults.Made++;
        return new FaultyReceiver(inner.Receive(queue), faults, time);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

sealed class FaultyReceiver(IReceiver inner, Faultiness faults, TimeProvider time) : IReceiver
{
    public TimeSpan? LooksEvery => TimeSpan.FromSeconds(1);

    public DateTimeOffset? LookedAt { get; private set; }

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        if (faults.Failure is { } failure) throw failure;
        if (faults.Hang is { } hang) await hang.Task;
        var take = inner.Take(most, cancellation);
        while (await Task.WhenAny(take, Task.Delay(LooksEvery!.Value, time, CancellationToken.None)) != take) LookedAt = time.GetUtcNow();
        var taken = await take;
        if (faults.HangWithMessages is { } hangs) await hangs.Task;
        return taken;
    }

    public Task Settle(ReceivedMessage message, CancellationToken cancellation) => inner.Settle(message, cancellation);

    public Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation) =>
        faults.SendFailure is { } failure ? throw failure : inner.Move(message, copy, cancellation);

    public Task Release(ReceivedMessage message, CancellationToken cancellation) => inner.Release(message, cancellation);

    public ValueTask DisposeAsync()
    {
        faults.Gone++;
        return inner.DisposeAsync();
    }
}

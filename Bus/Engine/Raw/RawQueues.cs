using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus;

/// <summary>A message as it lies in a queue, of any type, unread.</summary>
/// <param name="NativeId">The transport's own id of this copy.</param>
public sealed record RawQueueMessage(string NativeId, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body);

/// <summary>How many messages a queue holds.</summary>
/// <param name="Waiting">Anybody may take them.</param>
/// <param name="InHand">Somebody handles them.</param>
/// <param name="Delayed">They are due later.</param>
public sealed record QueueLength(long Waiting, long InHand, long Delayed);

/// <summary>Queues without handlers: for tools that take and put back whole messages.</summary>
public sealed partial class RawQueues : IAsyncDisposable
{
    const int LooksWhileGathering = 5;

    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    readonly ITransport _transport;
    readonly TimeProvider _time;
    readonly ILogger<RawQueues> _logger;

    /// <summary>Opens a transport under a name that shows in its connections.</summary>
    public RawQueues(TransportDefinition transport, string name, TimeProvider time, ILoggerFactory logging)
    {
        var context = new TransportContext(name, time, logging);
        _transport = transport.Create(context);
        _time = time;
        _logger = context.Logging.CreateLogger<RawQueues>();
    }

    /// <summary>Creates the queues that are missing.</summary>
    public Task Create(IReadOnlyCollection<string> queues, CancellationToken cancellation) => _transport.CreateQueues(queues, cancellation);

    /// <summary>Hands batches to <paramref name="handle"/>, and takes them off the queue once it has returned. A batch that fails comes again.</summary>
    /// <param name="batchSize">The most messages that one batch has.</param>
    /// <param name="patience">How long a batch that is not full waits for more, as long as more come; zero for whatever is there at once.</param>
    /// <returns>A task that ends when told to stop.</returns>
    /// <exception cref="InvalidOperationException">The queue would lose batches that come again too often; the text says what to do.</exception>
    public async Task Consume(string queue, int batchSize, TimeSpan patience, Func<IReadOnlyList<RawQueueMessage>, CancellationToken, Task> handle, CancellationToken stop)
    {
        await _transport.CreateQueues([queue], stop);
        await _transport.Check([queue], stop);
        await using var receiver = _transport.Receive(queue);
        while (!stop.IsCancellationRequested)
        {
            var taken = new List<ReceivedMessage>();
            try
            {
                taken.AddRange(await receiver.Take(batchSize, stop));
                await Gather(receiver, taken, batchSize, patience, stop);
                await handle([.. taken.Select(message => new RawQueueMessage(message.NativeId, message.Headers, message.Body))], stop);
                await Task.WhenAll(taken.Select(message => receiver.Settle(message, CancellationToken.None)));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                await Release(receiver, taken);
            }
            catch (Exception failure)
            {
                LogFailed(failure, taken.Count, queue, PauseAfterFailure);
                await Release(receiver, taken);
                await Task.Delay(PauseAfterFailure, _time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    /// <summary>How many messages are in a queue.</summary>
    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    public Task<QueueLength> Length(string queue, CancellationToken cancellation) => _transport.Length(queue, cancellation);

    /// <summary>The first messages of a queue, those in hand included: nobody loses them by being looked at.</summary>
    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    /// <exception cref="InvalidOperationException">To look too often would lose them; the text says what to do.</exception>
    public async Task<IReadOnlyList<RawQueueMessage>> Peek(string queue, int most, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        await _transport.Check([queue], cancellation);
        return [.. (await _transport.Peek(queue, most, cancellation)).Select(message => new RawQueueMessage(message.NativeId, message.Headers, message.Body))];
    }

    /// <summary>Drops all messages of a queue, also those in hand and those due later. They are gone for good: peek at them first, or move them.</summary>
    /// <returns>How many there were just before.</returns>
    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    public async Task<QueueLength> Purge(string queue, CancellationToken cancellation)
    {
        var length = await _transport.Length(queue, cancellation);
        await _transport.Purge(queue, cancellation);
        LogPurged(queue, length);
        return length;
    }

    /// <summary>All are safe in the queue when it returns.</summary>
    public Task Send(string queue, IReadOnlyList<RawQueueMessage> messages, CancellationToken cancellation) => _transport.Send(
        [.. messages.Select(message => new OutgoingOperation(
            message.Headers.GetValueOrDefault(Headers.MessageId) ?? message.NativeId, new Dictionary<string, string>(message.Headers, StringComparer.Ordinal), message.Body, new Target.Queue(queue)))],
        cancellation);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    async Task Gather(IReceiver receiver, List<ReceivedMessage> taken, int most, TimeSpan patience, CancellationToken stop)
    {
        var begun = _time.GetTimestamp();
        for (var before = 0; before < taken.Count && taken.Count < most && _time.GetElapsedTime(begun) < patience;)
        {
            before = taken.Count;
            await Task.Delay(patience / LooksWhileGathering, _time, stop);
            while (taken.Count < most && await receiver.TakeReady(stop) is { } ready) taken.Add(ready);
        }
    }

    static async Task Release(IReceiver receiver, IReadOnlyList<ReceivedMessage> messages)
    {
        foreach (var message in messages)
        {
            try
            {
                await receiver.Release(message, CancellationToken.None);
            }
            catch (StoreAwayException)
            {
                // Not renewed any more, its lease ends by itself.
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Queue {Queue} was purged: {Length}")]
    partial void LogPurged(string queue, QueueLength length);

    [LoggerMessage(LogLevel.Warning, "{Count} messages of queue {Queue} could not be dealt with and are offered again in {Pause}")]
    partial void LogFailed(Exception failure, int count, string queue, TimeSpan pause);
}

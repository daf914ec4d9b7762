using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.Transport;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>One channel on which the broker hands out messages of one queue ahead, and learns what became of them.</summary>
sealed class ConsumerChannel : AsyncDefaultBasicConsumer, IAsyncDisposable
{
    readonly IChannel _channel;
    readonly string _queue;
    string _tag;
    readonly BodyMemory _bodies;
    readonly Action<ConsumerChannel> _lost;
    readonly TimeProvider _time;
    readonly Channel<Delivery> _arrived = System.Threading.Channels.Channel.CreateUnbounded<Delivery>(new() { SingleWriter = true });
    readonly Acknowledgements _acknowledgements;
    readonly ConcurrentDictionary<string, TaskCompletionSource> _caughtUp = new();
    readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ConsumerChannel(IChannel channel, string queue, string tag, int prefetch, BodyMemory bodies, Action<ConsumerChannel> lost, TimeProvider time) : base(channel)
    {
        (_channel, _queue, _tag, _bodies, _lost, _time, Prefetch) = (channel, queue, tag, bodies, lost, time, prefetch);
        channel.ChannelShutdownAsync += (_, reason) => End(BrokerErrors.Told(reason));
        channel.DefaultConsumer = this;
        // A quarter of what the broker hands out ahead: the next ones are on their way long before it runs dry.
        _acknowledgements = new Acknowledgements(channel, Math.Clamp(prefetch / 4, 1, 50), time);
    }

    public int Prefetch { get; private set; }

    /// <summary>Why the broker hands out nothing more here; null while it does.</summary>
    public string? Lost { get; private set; }

    /// <summary>True once it takes no more messages, by its own will.</summary>
    public bool IsSetAside { get; private set; }

    /// <param name="lost">Called when the broker has taken back whatever is in hand, before it can come again on another channel.</param>
    public static async Task<ConsumerChannel> Open(IConnection connection, string queue, string tag, int prefetch, BodyMemory bodies, Action<ConsumerChannel> lost, TimeProvider time, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        var consumer = new ConsumerChannel(channel, queue, tag, prefetch, bodies, lost, time);
        try
        {
            await consumer.Consume(cancellation);
            return consumer;
        }
        catch
        {
            await consumer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until something is there.</summary>
    /// <returns>False if nothing more will come.</returns>
    public ValueTask<bool> Wait(CancellationToken cancellation) => _arrived.Reader.WaitToReadAsync(cancellation);

    public bool TryTake([NotNullWhen(true)] out Delivery? delivery) => _arrived.Reader.TryRead(out delivery);

    /// <summary>The one that has waited here longest; null if none waits.</summary>
    public Delivery? Next => _arrived.Reader.TryPeek(out var next) ? next : null;

    /// <summary>Ends a message: done, or for anybody to take.</summary>
    /// <returns>False if the broker has taken it back.</returns>
    public bool Tell(ulong tag, bool done)
    {
        if (Lost is not null && !_channel.IsOpen) return false;
        _acknowledgements.Tell(tag, done, atOnce: !_arrived.Reader.TryPeek(out _));
        return true;
    }

    /// <summary>Lets the broker hand out more ahead.</summary>
    /// <exception cref="StoreAwayException">The broker can't be reached.</exception>
    public async Task Widen(int prefetch, CancellationToken cancellation)
    {
        Prefetch = Math.Min(prefetch, ushort.MaxValue);
        try
        {
            // What is allowed ahead counts for consumers that come later. With the tag of one that has messages in hand, RabbitMQ 3.10 closes the channel.
            await _channel.BasicCancelAsync(_tag, noWait: false, cancellation);
            _tag += "'";
            await Consume(cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && BrokerErrors.IsAway(failure))
        {
            throw new StoreAwayException($"RabbitMQ hands out nothing of queue '{_queue}' any more", failure);
        }
    }

    /// <summary>Takes no more messages, and gives back those that nobody has begun. Those in hand can still be ended here.</summary>
    public async Task SetAside()
    {
        IsSetAside = true;
        try
        {
            await _channel.BasicCancelAsync(_tag);
        }
        catch (Exception)
        {
            // The channel is closed: then nothing is left to be given back either.
        }
        _arrived.Writer.TryComplete();
        while (_arrived.Reader.TryRead(out var delivery)) _acknowledgements.Tell(delivery.Tag, done: false, atOnce: true);
        _acknowledgements.Flush();
    }

    /// <summary>Waits until all that the broker had sent by now is here, or the channel is closed.</summary>
    public async Task CatchUp(CancellationToken cancellation)
    {
        // Most answers overtake messages on their way through the client; that a consumer is gone stands in line with them, and the broker says it of one that never was, too.
        var nobody = $"{_tag} {Guid.NewGuid():N}";
        var told = _caughtUp.GetOrAdd(nobody, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _channel.BasicCancelAsync(nobody, noWait: false, cancellation);
            await Task.WhenAny(told.Task, _closed.Task).WaitAsync(cancellation);
        }
        finally
        {
            _caughtUp.TryRemove(nobody, out _);
        }
    }

    public int Waiting => _arrived.Reader.Count;

    public override Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        // The body's memory belongs to the client, and is used again when this returns.
        var delivery = new Delivery(this, deliveryTag, redelivered, exchange, routingKey, properties, _bodies.Copy(body.Span), _time.GetTimestamp());

        // Under way when the channel was set aside, it would lie here for as long as a handler runs.
        if (!_arrived.Writer.TryWrite(delivery)) _acknowledgements.Tell(deliveryTag, done: false, atOnce: true);
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        if (!_caughtUp.TryGetValue(consumerTag, out var told)) return base.HandleBasicCancelOkAsync(consumerTag, cancellationToken);
        told.SetResult();
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default) => End($"queue '{_queue}' was deleted, or has lost its node");

    public async ValueTask DisposeAsync()
    {
        _arrived.Writer.TryComplete();
        await _acknowledgements.DisposeAsync();
        await _channel.DisposeAsync();
    }

    async Task Consume(CancellationToken cancellation)
    {
        await _channel.BasicQosAsync(0, (ushort)Prefetch, global: false, cancellation);
        await _channel.BasicConsumeAsync(_queue, autoAck: false, _tag, noLocal: false, exclusive: false, null, this, cancellation);
    }

    Task End(string why)
    {
        Lost ??= why;
        _arrived.Writer.TryComplete();
        if (!_channel.IsOpen)
        {
            _closed.TrySetResult();
            _lost(this);
        }
        return Task.CompletedTask;
    }
}

using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>Takes messages from one queue, on a connection of its own, and connects again when that is lost.</summary>
sealed partial class RabbitReceiver : IReceiver
{
    // The broker takes a message back that was not acknowledged for too long, and closes the channel: long before that, the others are moved to a channel of their own.
    const double Late = 0.8;
    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    readonly RabbitQueues _queues;
    readonly string _queue;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly ITimer _look;
    readonly LeaseBook _book = new();
    readonly KnownHeaders _known = new();
    readonly BodyMemory _bodies = new();
    readonly SemaphoreSlim _turn = new(1);
    readonly ChannelsApart _apart;
    IConnection? _connection;
    ConsumerChannel? _channel;
    StoreAwayException? _failure;
    long _failedAt;
    long _lookedAt;
    /// <summary>How many are just taking messages out of the channel and writing them into the book.</summary>
    int _reading;
    bool _disposed;

    public RabbitReceiver(RabbitQueues queues, string queue)
    {
        (_queues, _queue, _time, _logger) = (queues, queue, queues.Time, queues.Logger);
        _apart = new ChannelsApart(_book);
        var period = queues.Settings.AcknowledgementLimit / 20 is var often && often < BetweenLooks ? often : BetweenLooks;
        _look = _time.CreateTimer(_ => Look(), null, period, period);
    }

    public TimeSpan? LooksEvery => BetweenLooks;

    public DateTimeOffset? LookedAt => Volatile.Read(ref _lookedAt) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        while (true)
        {
            var channel = await Open(most, cancellation);
            var taken = new List<ReceivedMessage>(Math.Clamp(channel.Waiting, 1, most));
            try
            {
                while (taken.Count < most && await Next(channel, cancellation) is { } message) taken.Add(message);
            }
            catch (Exception) when (taken.Count > 0)
            {
                // Those must not be left lying; what is wrong shows again next time.
            }
            if (taken.Count > 0) return taken;
            await channel.Wait(cancellation);
        }
    }

    public ValueTask<ReceivedMessage?> TakeReady(CancellationToken cancellation) => _channel is { Lost: null, IsSetAside: false } channel ? Next(channel, cancellation) : default;

    public Task StopTaking() => StopTaking(_channel);

    public Task Settle(ReceivedMessage message, CancellationToken cancellation)
    {
        var lease = (Lease)message.Lease!;
        return _book.End(lease, done: true) ? Task.CompletedTask : Task.FromException(new LeaseLostException(message.NativeId));
    }

    public async Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation)
    {
        var lease = (Lease)message.Lease!;
        if (_book.IsLost(lease))
        {
            // Nobody has it in hand from here on: left in the book, it would be thought to go on when it comes again.
            _book.End(lease, done: false);
            throw new LeaseLostException(message.NativeId);
        }

        // The copy is safe before the message is let go of: between the two there may be both, never neither.
        await _queues.Send([copy], cancellation);
        await Settle(message, cancellation);
    }

    public Task Release(ReceivedMessage message, CancellationToken cancellation)
    {
        _book.End((Lease)message.Lease!, done: false);
        return Task.CompletedTask;
    }

    public void GiveBack(ReadOnlyMemory<byte> body) => _bodies.GiveBack(body);

    /// <summary>How many messages this process has of the queue, those included that wait for a handler.</summary>
    public async Task<int> CountInHand(CancellationToken cancellation)
    {
        if (_channel is null)
        {
            // The broker may have handed out messages already on one that is being opened.
            await _turn.WaitAsync(cancellation);
            _turn.Release();
        }
        if (_channel is not { Lost: null } channel) return _book.Count;
        try
        {
            await channel.CatchUp(cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && BrokerErrors.IsAway(failure))
        {
            // Nothing is in hand of what the broker has taken back.
        }
        // In this order: what is taken meanwhile may count more than once, but never not at all.
        return channel.Waiting + Volatile.Read(ref _reading) + _book.Count;
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _look.DisposeAsync();
        _queues.Forget(this);
        await StopTaking(_channel);
        await _apart.CloseAll();
        if (_connection is not null) await _connection.DisposeAsync();
    }

    async ValueTask<ConsumerChannel> Open(int most, CancellationToken cancellation)
    {
        if (_channel is { Lost: null, IsSetAside: false } open)
        {
            // Who takes more at a time than the broker hands out would wait for ever.
            if (open.Next is null && _book.CountOn(open) + most is var needed && needed > open.Prefetch) await open.Widen(needed, cancellation);
            return open;
        }
        await _turn.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_channel is { Lost: { } why } lost)
            {
                _channel = null;
                _book.Lose(lost);
                await lost.DisposeAsync();
                throw new StoreAwayException($"RabbitMQ hands out nothing of queue '{_queue}' any more", new IOException(why));
            }
            if (_channel is { IsSetAside: false } opened) return opened;
            if (_failure is not null && _time.GetElapsedTime(_failedAt) < _queues.Settings.NetworkRecoveryInterval) throw _failure;
            _channel = await Connect(Math.Max(most, _queues.Prefetch), cancellation);
            Volatile.Write(ref _lookedAt, _time.GetUtcNow().UtcTicks);
            return _channel;
        }
        finally
        {
            _turn.Release();
        }
    }

    async Task<ConsumerChannel> Connect(int prefetch, CancellationToken cancellation)
    {
        try
        {
            if (_connection is not { IsOpen: true })
            {
                if (_connection is not null) await _connection.DisposeAsync();
                _connection = await _queues.Connections.Open($"{_queue} MessagePump", cancellation);
            }
            var channel = await ConsumerChannel.Open(_connection, _queue, _queues.ConsumerTag, Math.Min(prefetch, ushort.MaxValue), _bodies, _book.Lose, _time, cancellation);
            _failure = null;
            return channel;
        }
        catch (StoreAwayException away)
        {
            (_failure, _failedAt) = (away, _time.GetTimestamp());
            throw;
        }
        catch (Exception failure) when (BrokerErrors.IsMissing(failure))
        {
            throw RabbitQueues.Missing(_queue, failure);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && BrokerErrors.IsAway(failure))
        {
            throw new StoreAwayException($"RabbitMQ hands out nothing of queue '{_queue}'", failure);
        }
    }

    /// <returns>Null if none is there.</returns>
    async ValueTask<ReceivedMessage?> Next(ConsumerChannel channel, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reading);
        try
        {
            while (channel.TryTake(out var delivery))
            {
                if (await Read(delivery, cancellation) is { } message) return message;
            }
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _reading);
        }
    }

    /// <returns>Null if it was dealt with: nobody can read it, or it is being handled here already.</returns>
    async ValueTask<ReceivedMessage?> Read(Delivery delivery, CancellationToken cancellation)
    {
        string id;
        Dictionary<string, string>? headers = null;
        try
        {
            lock (_known) headers = IncomingProperties.HeadersOf(delivery.Properties, _known);
            id = _queues.IdOf(delivery);
        }
        catch (Exception unreadable) when (_queue != _queues.ErrorQueue)
        {
            await Park(delivery, unreadable, cancellation);
            return null;
        }
        catch (Exception)
        {
            // Whoever reads the error queue is shown it as it is.
            id = $"unreadable-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(delivery.Body.Span)[..8])}";
        }
        if (_book.Take(id, delivery) is not { } lease)
        {
            LogGoesOn(id, _queue);
            return null;
        }
        return new ReceivedMessage(_queue, id, headers ?? new(StringComparer.Ordinal), delivery.Body, IncomingProperties.AttemptOf(delivery.Properties, delivery.Redelivered), lease);
    }

    async Task Park(Delivery delivery, Exception unreadable, CancellationToken cancellation)
    {
        try
        {
            await _queues.SendRaw(_queues.ErrorQueue, delivery, cancellation);
            delivery.Channel.Tell(delivery.Tag, done: true);
            LogParked(unreadable, _queue, _queues.ErrorQueue);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            delivery.Channel.Tell(delivery.Tag, done: false);
            throw new StoreAwayException($"A message of queue '{_queue}' that can't be read could not be moved to '{_queues.ErrorQueue}' either, and is back in its queue", failure);
        }
    }

    async Task StopTaking(ConsumerChannel? channel)
    {
        if (channel is null) return;
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            if (_channel != channel) return;
            _channel = null;
            _apart.Add(channel);
            await channel.SetAside();
        }
        finally
        {
            _turn.Release();
        }
    }

    void Look()
    {
        if (_channel is { Lost: null, IsSetAside: false } channel)
        {
            Volatile.Write(ref _lookedAt, _time.GetUtcNow().UtcTicks);
            if (IsLate(channel.Next) || _book.On(channel).Any(lease => IsLate(lease.Delivery))) _ = KeepApart(channel);
        }
        _ = _apart.CloseEmpty();
    }

    bool IsLate(Delivery? delivery) => delivery is not null && _time.GetElapsedTime(delivery.At) > _queues.Settings.AcknowledgementLimit * Late;

    /// <summary>Leaves a channel to the messages in hand: when the broker closes it, no other is taken back.</summary>
    async Task KeepApart(ConsumerChannel channel)
    {
        foreach (var lease in _book.On(channel).Where(lease => IsLate(lease.Delivery) && !lease.Told))
        {
            lease.Told = true;
            LogLong(lease.Id, _queue, _time.GetElapsedTime(lease.Delivery.At), _queues.Settings.AcknowledgementLimit);
        }
        await StopTaking(channel);
    }

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} of queue {Queue} has been handled for {Duration}. RabbitMQ takes it back after {Limit} without an acknowledgement and hands it out once more: in this process it then goes on undisturbed, in another it is handled a second time, and the first to commit wins. Let the handler begin the long work and answer later by a message or a saga's timeout, or raise consumer_timeout on the broker")]
    partial void LogLong(string messageId, string queue, TimeSpan duration, TimeSpan limit);

    [LoggerMessage(LogLevel.Information, "Message {MessageId} of queue {Queue} was handed out once more while it is being handled here: its handler goes on")]
    partial void LogGoesOn(string messageId, string queue);

    [LoggerMessage(LogLevel.Error, "A message of queue {Queue} can't be read; it was moved as it is to {ErrorQueue}")]
    partial void LogParked(Exception unreadable, string queue, string errorQueue);
}

using NServiceBus.Transport;
using NServiceBus.Transport.RabbitMQ;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>A message that is to be published, until the broker has said that it is safe.</summary>
/// <param name="batch">Whoever waits for it, and for others.</param>
abstract class Departure(Batch batch)
{
    public Batch Batch => batch;

    public abstract string MessageId { get; }

    /// <summary>For people.</summary>
    public abstract string To { get; }

    /// <summary>True if it is not worth failing for where nobody has the address.</summary>
    public virtual bool MayGetLost => false;

    /// <summary>How often it was published in vain.</summary>
    public int Failures { get; set; }

    /// <summary>How many confirmations are missing.</summary>
    public int Open { get; set; }

    /// <summary>What the broker said when it gave the message back; null unless it did.</summary>
    public string? Returned { get; set; }

    public long PublishedAt { get; set; }

    public abstract ValueTask Publish(IChannel channel, IRoutingTopology topology);

    /// <summary>True if the broker's complaint about something missing is about this.</summary>
    public abstract bool Misses(string complaint);

    /// <summary>To an address.</summary>
    internal sealed class Sent(Batch batch, string address, OutgoingMessage message, BasicProperties properties, bool mayGetLost) : Departure(batch)
    {
        public override bool MayGetLost => mayGetLost;

        public override string MessageId => message.MessageId;

        public override string To => address;

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology) => topology.Send(channel, address, message, properties);

        public override bool Misses(string complaint) => complaint.Contains($"'{address}'", StringComparison.Ordinal);
    }

    /// <summary>To whoever subscribed.</summary>
    internal sealed class Published(Batch batch, Type type, OutgoingMessage message, BasicProperties properties) : Departure(batch)
    {
        public override string MessageId => message.MessageId;

        public override string To => type.FullName!;

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology) => topology.Publish(channel, type, message, properties);

        public override bool Misses(string complaint) => false;
    }

    /// <summary>Into the queues in which messages wait.</summary>
    internal sealed class Delayed(Batch batch, string exchange, string key, string address, OutgoingMessage message, BasicProperties properties) : Departure(batch)
    {
        public override string MessageId => message.MessageId;

        public override string To => $"{address} by {exchange}";

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology) => channel.BasicPublishAsync(exchange, key, mandatory: true, properties, message.Body);

        public override bool Misses(string complaint) => complaint.Contains($"'{exchange}'", StringComparison.Ordinal);
    }

    /// <summary>As it came, unread.</summary>
    internal sealed class Raw(Batch batch, string address, ReadOnlyMemory<byte> body, BasicProperties properties) : Departure(batch)
    {
        public override string MessageId => properties.MessageId ?? "";

        public override string To => address;

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology) => topology.RawSendInCaseOfFailure(channel, address, body, properties);

        public override bool Misses(string complaint) => complaint.Contains($"'{address}'", StringComparison.Ordinal);
    }
}

/// <summary>Messages that somebody waits for together.</summary>
sealed class Batch(int count)
{
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _left = count;
    Exception? _failure;

    /// <summary>Ends when the broker has all of them, or fails with what befell the first that it has not.</summary>
    public Task Ended => _ended.Task;

    public void End(Exception? failure = null)
    {
        if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
        if (Interlocked.Decrement(ref _left) > 0) return;
        if (_failure is null) _ended.TrySetResult();
        else _ended.TrySetException(_failure);
    }
}

using Dovetail.Bus.Transport;
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

    /// <summary>True once the broker has closed a channel for what was published on it, which may have been this.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>How many confirmations are missing.</summary>
    public int Open { get; set; }

    /// <summary>What the broker said when it gave the message back; null unless it did.</summary>
    public string? Returned { get; set; }

    public long PublishedAt { get; set; }

    /// <param name="headers">Empty, for the message's.</param>
    public abstract ValueTask Publish(IChannel channel, IRoutingTopology topology, Dictionary<string, object?> headers);

    /// <summary>True if the broker's complaint about something missing is about this.</summary>
    public abstract bool Misses(string complaint);

    /// <summary>To an address.</summary>
    internal sealed class Sent(Batch batch, string address, Letter letter, bool mayGetLost) : Departure(batch)
    {
        public override bool MayGetLost => mayGetLost;

        public override string MessageId => letter.MessageId;

        public override string To => address;

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology, Dictionary<string, object?> headers) => topology.Send(channel, address, letter.Message, letter.Properties(headers));

        public override bool Misses(string complaint) => complaint.Contains($"'{address}'", StringComparison.Ordinal);
    }

    /// <summary>To whoever subscribed.</summary>
    internal sealed class Published(Batch batch, Type type, Letter letter) : Departure(batch)
    {
        public override string MessageId => letter.MessageId;

        public override string To => type.FullName!;

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology, Dictionary<string, object?> headers) => topology.Publish(channel, type, letter.Message, letter.Properties(headers));

        public override bool Misses(string complaint) => false;
    }

    /// <summary>Into the queues in which messages wait.</summary>
    internal sealed class Delayed(Batch batch, string exchange, string key, string address, Letter letter) : Departure(batch)
    {
        public override string MessageId => letter.MessageId;

        public override string To => $"{address} by {exchange}";

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology, Dictionary<string, object?> headers) =>
            channel.BasicPublishAsync(exchange, key, mandatory: true, letter.Properties(headers), letter.Message.Body);

        public override bool Misses(string complaint) => complaint.Contains($"'{exchange}'", StringComparison.Ordinal);
    }

    /// <summary>As it came, unread.</summary>
    internal sealed class Raw(Batch batch, string address, ReadOnlyMemory<byte> body, BasicProperties properties) : Departure(batch)
    {
        public override string MessageId => properties.MessageId ?? "";

        public override string To => address;

        public override ValueTask Publish(IChannel channel, IRoutingTopology topology, Dictionary<string, object?> headers) => topology.RawSendInCaseOfFailure(channel, address, body, properties);

        public override bool Misses(string complaint) => complaint.Contains($"'{address}'", StringComparison.Ordinal);
    }
}

/// <summary>A message with its properties, which are made when it is published: where many wait to be, they would lie about until then.</summary>
/// <param name="made">Those that the application has a hand in; null to make them.</param>
sealed class Letter(OutgoingOperation operation, int? delayInSeconds, BasicProperties? made)
{
    public string MessageId => operation.MessageId;

    public OutgoingMessage Message => new(operation.MessageId, operation.Headers, operation.Body);

    /// <param name="headers">Empty; they become those of the message.</param>
    public BasicProperties Properties(Dictionary<string, object?> headers) => made ?? OutgoingProperties.Of(operation, delayInSeconds, headers);
}

/// <summary>Messages that somebody waits for together.</summary>
sealed class Batch(int count)
{
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _left = count;
    Exception? _failure;

    /// <summary>Ends when the broker has all of them, or fails with what befell the first that it has not.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Nobody waits any longer once this is cancelled; until it is disposed.</summary>
    public CancellationTokenRegistration CallOffBy(CancellationToken cancellation) => cancellation.UnsafeRegister(static (batch, token) => ((Batch)batch!)._ended.TrySetCanceled(token), this);

    public void End(Exception? failure = null)
    {
        if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
        if (Interlocked.Decrement(ref _left) > 0) return;
        if (_failure is null) _ended.TrySetResult();
        else _ended.TrySetException(_failure);
    }
}

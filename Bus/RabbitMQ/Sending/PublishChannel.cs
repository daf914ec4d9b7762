using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.RabbitMQ.Topology;
using NServiceBus.Transport.RabbitMQ;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>What became of a publish.</summary>
enum Outcome
{
    /// <summary>The broker has it.</summary>
    Confirmed,

    /// <summary>No queue took it.</summary>
    Returned,

    /// <summary>A queue would not, or could not.</summary>
    Refused,

    /// <summary>There is no such exchange, or not for this user.</summary>
    Missing,

    /// <summary>The channel was closed, for something that another publish did as a rule: whether the broker has it is not known.</summary>
    Interrupted,

    /// <summary>The channel was closed for what one of its publishes was, this or another: whether the broker has it is not known.</summary>
    Suspected,

    /// <summary>The connection was lost: whether the broker has it is not known.</summary>
    Away,
}

/// <summary>One channel on which publishes follow each other without waiting for their confirmations.</summary>
/// <remarks>The client's own tracking adds a header and a task to every message, and so is left off.</remarks>
sealed class PublishChannel : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly IRoutingTopology _topology;
    readonly Action<PublishChannel, Departure, Outcome, string> _ended;
    readonly TimeProvider _time;
    readonly Lock _gate = new();
    readonly Unconfirmed _unconfirmed = new();

    // The client has written them into its buffers when a publish returns, and what it does with one's own topology, nobody knows.
    readonly Dictionary<string, object?> _headers = new(StringComparer.Ordinal);
    List<(ulong Number, bool UpTo, Outcome Outcome)>? _early;
    bool _retired;

    PublishChannel(IConnection connection, IChannel channel, IRoutingTopology topology, Action<PublishChannel, Departure, Outcome, string> ended, TimeProvider time)
    {
        (_connection, _channel, _topology, _ended, _time) = (connection, channel, topology, ended, time);
        channel.BasicAcksAsync += (_, ack) => End(ack.DeliveryTag, ack.Multiple, Outcome.Confirmed);
        channel.BasicNacksAsync += (_, nack) => End(nack.DeliveryTag, nack.Multiple, Outcome.Refused);
        channel.BasicReturnAsync += Return;
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            EndAll(reason);
            return Task.CompletedTask;
        };
    }

    public bool IsUsable => _channel.IsOpen && !_retired;

    public bool IsIdle
    {
        get
        {
            lock (_gate) return _unconfirmed.Count == 0;
        }
    }

    /// <param name="ended">Told of each departure once; must not wait for anything.</param>
    public static async Task<PublishChannel> Open(
        IConnection connection, IRoutingTopology topology, Action<PublishChannel, Departure, Outcome, string> ended, TimeProvider time, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellation);
        return new PublishChannel(connection, channel, topology, ended, time);
    }

    /// <summary>Does not wait for the confirmation. One at a time.</summary>
    public async Task Publish(Departure departure)
    {
        departure.PublishedAt = _time.GetTimestamp();
        lock (_gate)
        {
            // Two: its confirmation, and the end of this method, as a topology of somebody's own may publish more than once.
            departure.Open = 2;
            departure.Returned = null;
            _unconfirmed.Add(departure);

            // Confirmations of publishes that nobody has counted yet must wait until they are.
            if (_topology is not IKnownTopology) _early = [];
        }
        try
        {
            if (_topology is IKnownTopology)
            {
                _headers.Clear();
                await departure.Publish(_channel, _topology, _headers);
            }
            else
            {
                await departure.Publish(_channel, _topology, new(StringComparer.Ordinal));
                await AddFurther(departure);
            }
        }
        finally
        {
            CatchUp();
            Leave(departure);
        }
    }

    /// <summary>Nobody is told of this one any more.</summary>
    public void Forget(Departure departure)
    {
        lock (_gate) departure.Open = 0;
    }

    /// <summary>Nothing more is published here; what was is still waited for.</summary>
    public void Retire() => _retired = true;

    /// <summary>How long the oldest publish has waited for its confirmation.</summary>
    public TimeSpan Waits
    {
        get
        {
            lock (_gate) return _unconfirmed.Oldest is { } oldest ? _time.GetElapsedTime(oldest.PublishedAt) : TimeSpan.Zero;
        }
    }

    public async ValueTask DisposeAsync() => await _channel.AbortAsync();

    /// <summary>The broker will not answer any more.</summary>
    public void GiveUp(string why) => EndAll(Outcome.Away, why, null);

    /// <summary>It was found to be closed, and may not have told so yet.</summary>
    public void Close(string why)
    {
        if (_channel.CloseReason is { } reason) EndAll(reason);
        else GiveUp(why);
    }

    async Task AddFurther(Departure departure)
    {
        var next = await _channel.GetNextPublishSequenceNumberAsync();
        lock (_gate)
        {
            for (; _unconfirmed.Next < next; departure.Open++) _unconfirmed.Add(departure);
        }
    }

    void CatchUp()
    {
        List<(ulong Number, bool UpTo, Outcome Outcome)>? early;
        lock (_gate) (early, _early) = (_early, null);
        foreach (var (number, upTo, outcome) in early ?? []) End(number, upTo, outcome);
    }

    void Leave(Departure departure)
    {
        lock (_gate)
        {
            if (departure.Open <= 0 || --departure.Open > 0) return;
        }
        _ended(this, departure, departure.Returned is null ? Outcome.Confirmed : Outcome.Returned, departure.Returned ?? "");
    }

    Task End(ulong number, bool upTo, Outcome outcome)
    {
        var taken = new List<Departure>();
        lock (_gate)
        {
            if (_early is not null)
            {
                _early.Add((number, upTo, outcome));
                return Task.CompletedTask;
            }
            _unconfirmed.Take(number, upTo, taken);
        }
        foreach (var departure in taken)
        {
            if (outcome == Outcome.Confirmed) Leave(departure);
            else Fail(departure, outcome, "a queue refused it");
        }
        return Task.CompletedTask;
    }

    /// <summary>Comes before the confirmation of the same publish, which nevertheless says that all is well.</summary>
    Task Return(object sender, BasicReturnEventArgs returned)
    {
        lock (_gate)
        {
            var departure = _unconfirmed.Find(one => one.Returned is null && one.MessageId == (returned.BasicProperties.MessageId ?? ""));
            departure?.Returned = $"{returned.ReplyText} ({returned.ReplyCode})";
        }
        return Task.CompletedTask;
    }

    void EndAll(ShutdownEventArgs reason)
    {
        var outcome = !_connection.IsOpen || reason.Initiator != ShutdownInitiator.Peer ? Outcome.Away : BrokerErrors.IsAboutMessage(reason) ? Outcome.Suspected : Outcome.Interrupted;
        EndAll(outcome, BrokerErrors.Told(reason), BrokerErrors.IsAboutAddress(reason) ? reason.ReplyText : null);
    }

    /// <param name="missing">The broker's complaint about an exchange, which names it.</param>
    void EndAll(Outcome outcome, string why, string? missing)
    {
        var taken = new List<Departure>();
        lock (_gate)
        {
            _retired = true;
            if (_unconfirmed.Next > 1) _unconfirmed.Take(_unconfirmed.Next - 1, upTo: true, taken);
        }
        foreach (var departure in taken) Fail(departure, missing is not null && departure.Misses(missing) ? Outcome.Missing : outcome, why);
    }

    void Fail(Departure departure, Outcome outcome, string why)
    {
        lock (_gate)
        {
            // Of several publishes of one departure the first failure counts.
            if (departure.Open <= 0) return;
            departure.Open = 0;
        }
        _ended(this, departure, outcome, why);
    }
}

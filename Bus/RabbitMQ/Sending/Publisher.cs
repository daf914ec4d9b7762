using System.Diagnostics;
using System.Threading.Channels;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.RabbitMQ.Topology;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus.Transport.RabbitMQ;
using NServiceBus.Unicast.Queuing;
using RabbitMQ.Client.Exceptions;

namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>
/// Publishes whatever an endpoint sends, on one channel, one after the other, and waits for no confirmation before the next: only who sent it waits for its own.
/// A channel on which something went wrong is replaced, and what it did not confirm is published again: under the same id, so that who receives it twice can tell.
/// </summary>
sealed partial class Publisher : IAsyncDisposable
{
    const int MostFailures = 5;
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    readonly PublishConnection _connection;
    readonly IRoutingTopology _topology;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    // Whoever sends publishes by himself where the loop waits for somebody who does: to wake another thread would take longer than the publish.
    readonly Channel<Departure> _waiting = Channel.CreateUnbounded<Departure>(new() { SingleReader = true, AllowSynchronousContinuations = true });
    readonly CancellationTokenSource _stop = new();
    readonly List<PublishChannel> _channels = [];
    readonly SemaphoreSlim _alone = new(1);
    readonly Task _running;
    readonly ITimer _look;
    PublishChannel? _channel;

    public Publisher(PublishConnection connection, IRoutingTopology topology, TimeProvider time, ILogger logger)
    {
        (_connection, _topology, _time, _logger) = (connection, topology, time, logger);
        using (ExecutionContext.SuppressFlow()) _running = Task.Run(Run);
        _look = time.CreateTimer(_ => Look(), null, BetweenLooks, BetweenLooks);
    }

    /// <summary>All of the batch are safe in their queues when it ends.</summary>
    public Task Publish(Batch batch, IEnumerable<Departure> departures)
    {
        foreach (var departure in departures)
        {
            if (!_waiting.Writer.TryWrite(departure)) departure.Batch.End(new ObjectDisposedException(nameof(Publisher), "The endpoint has stopped and sends no more."));
        }
        return batch.Ended;
    }

    public async ValueTask DisposeAsync()
    {
        await _look.DisposeAsync();
        _waiting.Writer.TryComplete();
        await _stop.CancelAsync();
        // A broker that takes nothing may hold up the last publish for ever.
        await Task.WhenAny(_running, Task.Delay(BetweenLooks, _time, CancellationToken.None));
        while (_waiting.Reader.TryRead(out var left)) left.Batch.End(new ObjectDisposedException(nameof(Publisher), "The endpoint has stopped and sends no more."));
        foreach (var channel in Channels()) await channel.DisposeAsync();
        _stop.Dispose();
    }

    async Task Run()
    {
        // The client writes what it does into whatever activity is current: this loop serves many.
        Activity.Current = null;
        try
        {
            await foreach (var departure in _waiting.Reader.ReadAllAsync(_stop.Token)) await Publish(departure);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What is left is told by whoever disposes.
        }
    }

    async Task Publish(Departure departure)
    {
        if (departure.IsSuspect)
        {
            _ = PublishAlone(departure);
            return;
        }
        try
        {
            var channel = _channel is { IsUsable: true } open ? open : await Open();
            await channel.Publish(departure);
        }
        catch (StoreAwayException away)
        {
            // One vain attempt to connect is enough for all that wait.
            departure.Batch.End(away);
            while (_waiting.Reader.TryRead(out var next)) next.Batch.End(away);
        }
        catch (OperationInterruptedException closed) when (closed is AlreadyClosedException || _topology is IKnownTopology)
        {
            // What it was closed for tells what becomes of this one as of the others.
            _channel?.Close(closed.Message);
        }
        catch (Exception failure)
        {
            // As a rule the channel is closed, and its end tells what becomes of this one as of the others.
            LogChannelFailed(failure, departure.MessageId, departure.To);
            if (!BrokerErrors.IsAway(failure))
            {
                // What can't even be written would not be better another time.
                _channel?.Forget(departure);
                departure.Batch.End(failure);
            }
            // Its count of publishes can't be trusted any more.
            _channel?.GiveUp(failure.Message);
        }
    }

    async Task<PublishChannel> Open()
    {
        var connection = await _connection.Get(_stop.Token);
        try
        {
            _channel = await PublishChannel.Open(connection, _topology, Ended, _time, _stop.Token);
        }
        catch (Exception failure) when (!_stop.IsCancellationRequested && BrokerErrors.IsAway(failure))
        {
            throw new StoreAwayException("RabbitMQ opened no channel to publish on", failure);
        }
        lock (_channels) _channels.Add(_channel);
        return _channel;
    }

    void Ended(PublishChannel channel, Departure departure, Outcome outcome, string why)
    {
        switch (outcome)
        {
            case Outcome.Confirmed:
                departure.Batch.End();
                break;
            case Outcome.Missing when departure.MayGetLost:
            case Outcome.Returned when departure.MayGetLost:
                LogNobodyThere(departure.To, departure.MessageId);
                departure.Batch.End();
                break;
            case Outcome.Missing:
                departure.Batch.End(NotThere(departure, why));
                break;
            case Outcome.Suspected:
                departure.IsSuspect = true;
                _ = Again(departure, outcome, why);
                break;
            case Outcome.Away:
                departure.Batch.End(new StoreAwayException($"Message {departure.MessageId} for {departure.To} was not confirmed, and may or may not be there", new IOException(why)));
                break;
            default:
                // While a queue has no leader, a channel can stay useless for good: the next attempt gets a new one.
                if (outcome is not Outcome.Interrupted) channel.Retire();
                _ = Again(departure, outcome, why);
                break;
        }
    }

    async Task Again(Departure departure, Outcome outcome, string why)
    {
        if (++departure.Failures < MostFailures)
        {
            LogAgain(departure.MessageId, departure.To, why);
            if (outcome is not (Outcome.Interrupted or Outcome.Suspected)) await Task.Delay(PauseAfterFailure * departure.Failures, _time, CancellationToken.None);
            if (_waiting.Writer.TryWrite(departure)) return;
        }
        departure.Batch.End(outcome == Outcome.Returned ? NotThere(departure, why)
            : new StoreAwayException($"RabbitMQ took message {departure.MessageId} for {departure.To} in none of {departure.Failures} attempts", new IOException(why)));
    }

    /// <summary>Finds out whether it was this one that the broker took offence at, and lets nobody else suffer from it.</summary>
    async Task PublishAlone(Departure departure)
    {
        await _alone.WaitAsync(CancellationToken.None);
        try
        {
            var ended = new TaskCompletionSource<(Outcome Outcome, string Why)>(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var channel = await PublishChannel.Open(await _connection.Get(_stop.Token), _topology, (_, _, outcome, why) => ended.TrySetResult((outcome, why)), _time, _stop.Token);
            try
            {
                await channel.Publish(departure);
            }
            catch (OperationInterruptedException)
            {
                // Why, is told as it is of others.
            }
            var (outcome, why) = await ended.Task.WaitAsync(LongestWait, _time, _stop.Token);
            if (outcome != Outcome.Suspected) Ended(channel, departure, outcome, why);
            else departure.Batch.End(new InvalidOperationException(
                $"RabbitMQ refuses message {departure.MessageId} for {departure.To} for what it is: {why}. Put what is large elsewhere and send a reference to it, or mend what customizes its native properties.", new IOException(why)));
        }
        catch (Exception failure)
        {
            departure.Batch.End(new StoreAwayException($"Message {departure.MessageId} for {departure.To} was not confirmed, and may or may not be there", failure));
        }
        finally
        {
            _alone.Release();
        }
    }

    static QueueNotFoundException NotThere(Departure departure, string why) => new(departure.To,
        $"Message {departure.MessageId} reached no queue '{departure.To}': {why}. Start the endpoint of that name once with installers enabled, mend the route, or give the user the right to write there.", new IOException(why));

    void Look()
    {
        foreach (var channel in Channels())
        {
            if (!channel.IsUsable && channel.IsIdle)
            {
                lock (_channels) _channels.Remove(channel);
                _ = channel.DisposeAsync().AsTask();
            }
            else if (channel.Waits > LongestWait && !_connection.IsBlocked)
            {
                LogSilent(LongestWait);
                channel.GiveUp($"no confirmation came for {LongestWait}");
            }
        }
    }

    List<PublishChannel> Channels()
    {
        lock (_channels) return [.. _channels];
    }

    [LoggerMessage(LogLevel.Warning, "The channel on which message {MessageId} for {Destination} was to be published failed, and is replaced")]
    partial void LogChannelFailed(Exception failure, string messageId, string destination);

    [LoggerMessage(LogLevel.Information, "Message {MessageId} for {Destination} is published again: {Why}")]
    partial void LogAgain(string messageId, string destination, string why);

    [LoggerMessage(LogLevel.Warning, "Nobody has a queue '{Queue}' any more; receipt {MessageId} was not sent")]
    partial void LogNobodyThere(string queue, string messageId);

    [LoggerMessage(LogLevel.Warning, "RabbitMQ has confirmed nothing for {Wait}: the channel is given up, and those who wait try again. If that stays so, a queue has lost the majority of its nodes")]
    partial void LogSilent(TimeSpan wait);
}

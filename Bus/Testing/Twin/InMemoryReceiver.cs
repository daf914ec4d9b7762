using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Testing;

/// <summary>Takes messages from one queue under claims that lapse unless they are renewed.</summary>
sealed class InMemoryReceiver : IReceiver
{
    readonly InMemoryBroker _broker;
    readonly InMemoryQueues _queues;
    readonly string _queue;
    readonly TimeSpan _lease;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly List<Claim> _held = [];
    readonly ITimer _renewal;

    public InMemoryReceiver(InMemoryBroker broker, InMemoryQueues queues, string queue, TimeSpan lease, TimeProvider time, ILogger logger)
    {
        (_broker, _queues, _queue, _lease, _time, _logger) = (broker, queues, queue, lease, time, logger);
        _renewal = time.CreateTimer(_ => _ = Renew(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var expired = 0;
            var (claims, nextDue, arrival) = await _broker.Call("take", _queue, () =>
            {
                var (queue, now) = (_broker.Queue(_queue), _time.GetUtcNow());
                var taken = queue.Take(most, now, now + _lease, out expired);
                return taken.Count > 0 ? (taken, null, null) : (taken, queue.NextDue(), queue.Listen());
            }, outcome: static taken => taken.Item1.Count > 0 ? string.Join(", ", taken.Item1.Select(claim => claim.Told)) : null);
            ExpiredMessages.Dropped(_queue, expired, _logger);
            if (arrival is null) return Hold(claims);
            await Arrival.Wait(arrival, nextDue, _time, cancellation);
        }
    }

    public Task Settle(ReceivedMessage message, CancellationToken cancellation) => End("settle", message, static () => { });

    public async Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation)
    {
        if (_broker.Mode == CommitMode.Joined)
        {
            await End("move", message, () => _broker.Prepare([copy], _time.GetUtcNow())());
            return;
        }
        // A broker confirms the copy before it lets go of the message: between the two there may be both, never neither.
        await _queues.Send([copy], cancellation);
        await Settle(message, cancellation);
    }

    public Task Release(ReceivedMessage message, CancellationToken cancellation)
    {
        var claim = (Claim)message.Lease!;
        claim.Holder?.Forget(claim);
        return _broker.Call("release", IdOf(message), () =>
        {
            claim.GiveBack();
            return true;
        });
    }

    public ValueTask DisposeAsync() => _renewal.DisposeAsync();

    /// <summary>The claim is renewed no longer.</summary>
    public void Forget(Claim claim)
    {
        lock (_held) _held.Remove(claim);
        claim.Holder = null;
    }

    static string IdOf(ReceivedMessage message) => message.Headers.GetValueOrDefault(Headers.MessageId) ?? message.NativeId;

    List<ReceivedMessage> Hold(List<Claim> claims)
    {
        lock (_held)
        {
            if (_held.Count == 0) RenewLater();
            _held.AddRange(claims);
        }
        foreach (var claim in claims) claim.Holder = this;
        return claims.ConvertAll(claim => claim.Message());
    }

    async Task End(string call, ReceivedMessage message, Action also)
    {
        var claim = (Claim)message.Lease!;
        await _broker.Call(call, IdOf(message), () =>
        {
            claim.Check();
            also();
            claim.End();
            return true;
        });
        claim.Holder?.Forget(claim);
    }

    // Three chances before a claim lapses. Nothing ticks while nothing is held: a simulation would never be quiet.
    void RenewLater() => _renewal.Change(_lease / 3, Timeout.InfiniteTimeSpan);

    async Task Renew()
    {
        List<Claim> claims;
        lock (_held)
        {
            if (_held.Count == 0) return;
            claims = [.. _held];
            RenewLater();
        }
        try
        {
            await _broker.Call("renew", _queue, () =>
            {
                foreach (var claim in claims) claim.Renew(_time.GetUtcNow() + _lease);
                return true;
            });
        }
        catch (StoreAwayException)
        {
            // The next tick tries again; if none succeeds, the commit finds the claim lost and keeps nothing.
        }
    }
}

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>Which messages are in hand, and on which channel the broker wants to hear of them.</summary>
sealed class LeaseBook
{
    readonly Lock _gate = new();
    readonly HashSet<Lease> _held = [];
    readonly Dictionary<string, Lease> _lost = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_gate) return _held.Count;
        }
    }

    public int CountOn(ConsumerChannel channel)
    {
        lock (_gate)
        {
            var count = 0;
            foreach (var lease in _held)
            {
                if (lease.Delivery.Channel == channel) count++;
            }
            return count;
        }
    }

    public IReadOnlyList<Lease> On(ConsumerChannel channel)
    {
        lock (_gate) return [.. _held.Where(lease => lease.Delivery.Channel == channel)];
    }

    /// <returns>Null if the message is in hand already, and goes on under this delivery.</returns>
    public Lease? Take(string id, Delivery delivery)
    {
        lock (_gate)
        {
            if (delivery.Redelivered && _lost.Remove(id, out var again))
            {
                (again.Delivery, again.Told) = (delivery, false);
                _held.Add(again);
                return null;
            }
            var lease = new Lease(id, delivery);
            _held.Add(lease);
            return lease;
        }
    }

    /// <summary>Ends a message: done, or for anybody to take.</summary>
    /// <returns>False if the broker has taken it back.</returns>
    public bool End(Lease lease, bool done)
    {
        lock (_gate)
        {
            if (_lost.GetValueOrDefault(lease.Id) == lease) _lost.Remove(lease.Id);
            return _held.Remove(lease) && lease.Delivery.Channel.Tell(lease.Delivery.Tag, done);
        }
    }

    public bool IsLost(Lease lease)
    {
        lock (_gate) return !_held.Contains(lease) || lease.Delivery.Channel.Lost is not null;
    }

    /// <summary>The broker has taken back whatever was in hand on this channel.</summary>
    public void Lose(ConsumerChannel channel)
    {
        lock (_gate)
        {
            foreach (var lease in _held.Where(lease => lease.Delivery.Channel == channel).ToList())
            {
                _held.Remove(lease);
                _lost[lease.Id] = lease;
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Customers who order as fast as the hub takes it, three tenths of so many orders being under way at a time: that many, and more until it is enough.</summary>
sealed class Crowd(Stack stack, string name, int orders, Random chance)
{
    const int Most = 150;
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);
    static readonly TimeProvider Time = TimeProvider.System;

    readonly ConcurrentQueue<Order> _orders = [];
    volatile bool _isEnough;

    public IEnumerable<Purchase> Purchases => _orders.Select(order => order.Purchase);

    public int Accepted => _orders.Count(order => order.AcceptedAt is not null);

    public int Ended => _orders.Count(order => order.EndedAt is not null);

    /// <summary>How long the customer waited for an answer who waited longest.</summary>
    public TimeSpan LongestWait => _orders.Max(order => order.Waited);

    /// <summary>Ends when it is enough, and the last order has ended.</summary>
    public Task Buy(CancellationToken cancellation)
    {
        var placing = PlaceAll(cancellation);
        return Task.WhenAll(placing, Look(placing, cancellation));
    }

    /// <summary>No more orders than were asked for, or have come by now.</summary>
    public void IsEnough() => _isEnough = true;

    /// <summary>Waits until so many orders have ended.</summary>
    public async Task HasSeen(int ended, CancellationToken cancellation)
    {
        while (Ended < ended) await Task.Delay(BetweenLooks, Time, cancellation);
    }

    /// <summary>Waits until an order has ended that was accepted after the moment.</summary>
    public async Task GoesOn(long since, CancellationToken cancellation)
    {
        while (Recovery(since) is null) await Task.Delay(BetweenLooks, Time, cancellation);
    }

    /// <summary>How long it took until an order had ended that was accepted after the moment; null if there was none.</summary>
    public TimeSpan? Recovery(long moment) =>
        _orders.Where(order => order.AcceptedAt > moment && order.EndedAt is not null).Select(order => Time.GetElapsedTime(moment, order.EndedAt!.Value)).Order().Cast<TimeSpan?>().FirstOrDefault();

    async Task PlaceAll(CancellationToken cancellation)
    {
        var placing = new List<Task>();
        while (placing.Count < orders || !_isEnough)
        {
            if (placing.Count - Ended >= Math.Min(Most, orders * 3 / 10))
            {
                await Task.Delay(BetweenLooks, Time, cancellation);
                continue;
            }
            var order = new Order(Purchase.Plain(string.Create(CultureInfo.InvariantCulture, $"{name}-{placing.Count + 1:D4}"), chance, stack.StandIns.PaysWithStripe));
            _orders.Enqueue(order);
            placing.Add(Place(order, cancellation));
        }
        await Task.WhenAll(placing);
    }

    async Task Place(Order order, CancellationToken cancellation)
    {
        var asked = Time.GetTimestamp();
        await order.Purchase.Place(stack.Door, cancellation);
        order.AcceptedAt = Time.GetTimestamp();
        order.Waited = Time.GetElapsedTime(asked, order.AcceptedAt.Value);
    }

    async Task Look(Task placing, CancellationToken cancellation)
    {
        while (!placing.IsCompleted || Ended < _orders.Count)
        {
            await Task.Delay(BetweenLooks, Time, cancellation);
            if (await stack.Ended(name, cancellation) is not { } ended) continue;
            foreach (var order in _orders.Where(order => order.EndedAt is null && ended.Contains(order.Purchase.Id))) order.EndedAt = Time.GetTimestamp();
        }
    }

    sealed class Order(Purchase purchase)
    {
        public Purchase Purchase => purchase;

        public long? AcceptedAt { get; set; }

        /// <summary>From the first time that the customer asked.</summary>
        public TimeSpan Waited { get; set; }

        public long? EndedAt { get; set; }
    }
}

using System.Globalization;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Customers who order as fast as the hub takes it, so many orders being under way at a time.</summary>
sealed class Crowd(Stack stack, string name, int orders, Random chance)
{
    const int Most = 150;
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);
    static readonly TimeProvider Time = TimeProvider.System;

    readonly List<Order> _orders = [.. Enumerable.Range(1, orders).Select(number => new Order(Purchase.Plain(string.Create(CultureInfo.InvariantCulture, $"{name}-{number:D4}"), chance, stack.StandIns.PaysWithStripe)))];

    public IEnumerable<Purchase> Purchases => _orders.Select(order => order.Purchase);

    public int Accepted => _orders.Count(order => order.AcceptedAt is not null);

    public int Ended => _orders.Count(order => order.EndedAt is not null);

    /// <summary>How long the customer waited for an answer who waited longest.</summary>
    public TimeSpan LongestWait => _orders.Max(order => order.Waited);

    /// <summary>Ends when the last order has.</summary>
    public Task Buy(CancellationToken cancellation) => Task.WhenAll(PlaceAll(cancellation), Look(cancellation));

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
        foreach (var order in _orders)
        {
            while (placing.Count - Ended >= Math.Min(Most, orders * 3 / 10)) await Task.Delay(BetweenLooks, Time, cancellation);
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

    async Task Look(CancellationToken cancellation)
    {
        var open = _orders.ToList();
        while (open.Count > 0)
        {
            await Task.Delay(BetweenLooks, Time, cancellation);
            if (await stack.Ended(name, cancellation) is not { } ended) continue;
            foreach (var order in open.Where(order => ended.Contains(order.Purchase.Id))) order.EndedAt = Time.GetTimestamp();
            open.RemoveAll(order => order.EndedAt is not null);
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

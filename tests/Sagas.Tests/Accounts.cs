using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Sagas.Tests;

/// <summary>What the systems' books must show when an order has ended, whatever happened to it.</summary>
static class Accounts
{
    public static void NothingRemains(Systems systems)
    {
        Assert.IsEmpty(systems.Complaints, string.Join("; ", systems.Complaints));
        Assert.AreEqual(0m, systems.Held, systems.ToString());
        Assert.AreEqual(systems.Captured, systems.Refunded, systems.ToString());
        Assert.AreEqual(0m, systems.PointsAside + systems.PointsSpent, systems.ToString());
        Assert.IsFalse(systems.OmsOpen || systems.OmsComplete || systems.ShipmentActive, systems.ToString());
        Assert.AreEqual(0, systems.RunningJobs + systems.Accruals, systems.ToString());
        Assert.Contains("OrderCancelled", systems.Letters);
        CollectionAssert.AllItemsAreUnique(systems.Letters);
    }

    /// <param name="agreed">The most that the customer ever agreed to pay.</param>
    public static void AllIsSettled(Systems systems, PlaceOrder order, decimal agreed, bool isAmended)
    {
        Assert.IsEmpty(systems.Complaints, string.Join("; ", systems.Complaints));
        var ordered = order.Lines.Sum(line => (line.UnitPrice?.Amount ?? 300) * line.Quantity);
        var total = systems.Lines.Sum(line => line.Total.Amount);
        if (!isAmended) Assert.AreEqual(ordered, total, "Other goods than those ordered.");
        Assert.AreEqual(total, systems.Captured - systems.Refunded + systems.Parts + systems.PointsSpent, systems.ToString());
        Assert.AreEqual(0m, systems.Held + systems.PointsAside, systems.ToString());
        if (!systems.IsTakenByHand) Assert.AreEqual(systems.Parts, systems.Refunded, systems.ToString());
        Assert.IsLessThanOrEqualTo(systems.Captured, systems.Refunded, systems.ToString());
        Assert.IsLessThanOrEqualTo(agreed, total, "More than the customer agreed to.");
        Assert.IsTrue(systems.OmsComplete && !systems.ShipmentActive, systems.ToString());
        Assert.AreEqual(order.Customer.LoyaltyCard is null ? 0 : 1, systems.Accruals);
        Assert.AreEqual(0, systems.RunningJobs);
        CollectionAssert.IsSubsetOf(new[] { "OrderConfirmed", "OrderDelivered" }, systems.Letters);
        CollectionAssert.AllItemsAreUnique(systems.Letters);
    }
}

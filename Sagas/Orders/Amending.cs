using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;

namespace Dovetail.Sagas.Orders;

/// <summary>The way from missing goods to an order that can be picked: ask people, price what they decided, then points, money and order management follow.</summary>
static class Amending
{
    const string CallCentre = "call centre";

    /// <summary>The first thing in which points, money and order management differ from what the order is to become.</summary>
    public static Step Next(OrderState order, Amendment change)
    {
        if (change.Lines is null) return Step.AskCallCentre;
        if (change.Total is not { } total) return Step.RepriceOrder;
        // The loyalty programme sets points aside for these very goods: it would not take others for them in the end.
        if (order.SpendsPoints && !change.PointsAreSetAside)
        {
            if (order.Points == Effect.Done) return Step.ReturnPoints;
            if (order.PointsWanted > 0) return Step.ReservePointsAnew;
        }

        // Money that is held is let go only where more is held already, or where none is needed: the shop is never without.
        var toPay = order.ToPayOf(total);
        if (order.Spare is { } spare) return spare.Taken is null ? Step.ReleaseOldHold : Step.RefundOldHold;
        if (toPay.Amount == 0) return order.Hold == Effect.Done ? Step.ReleaseOldHold : Step.AmendOmsOrder;
        return order.Hold != Effect.Done || toPay > order.Held! ? Step.HoldAnew : Step.AmendOmsOrder;
    }

    public static object Question(OrderState order, Amendment change)
    {
        var (id, placed, operation) = (order.OrderId, order.Order, Steps.Operation(order));
        return order.Step switch
        {
            Step.AskCallCentre => new OpenTask(
                change.TaskId(order), id, TaskKind.Substitution, CallCentre, Words.Question(change), order.Prices!, change.Missing, placed.AgreedTotal),
            Step.RepriceOrder => new PriceOrder(id, placed.Customer.CustomerId, change.Lines!, operation),
            Step.ReturnPoints => new ReleasePoints(id, placed.Customer.LoyaltyCard!, operation, order.Purchase),
            Step.ReservePointsAnew => new ReservePoints(id, placed.Customer.LoyaltyCard!, order.PointsWanted, change.Prices!, operation, order.Purchase),
            Step.HoldAnew => new HoldPayment(id, order.ToPayOf(change.Total!), placed.PaymentMethod, operation, Receipts.Of(placed.Customer, change.Prices!)),
            _ => new AmendOrder(id, change.Prices!, change.Total!, operation),
        };
    }

    /// <summary>The lines that can't be delivered; all of them if nobody says which, none if it is about lines that the order no longer has.</summary>
    public static IReadOnlyList<PricedLine> Missing(OrderState order, IReadOnlyList<string> reported) =>
        reported.Count == 0 ? order.Prices! : [.. order.Prices!.Where(line => reported.Contains(line.LineId))];

    /// <summary>It was said before the order was amended, or somebody changed it there by hand. Who cancels it there may well have taken lines out before, but never one that it does not have.</summary>
    public static bool IsOfOtherLines(OrderState order, PickingReported picking)
    {
        if (picking.Lines is not { } lines) return false;
        var own = order.Prices!.Select(line => line.LineId).ToHashSet();
        return picking.State == PickingState.Cancelled ? !own.IsSupersetOf(lines) : !own.SetEquals(lines);
    }
}

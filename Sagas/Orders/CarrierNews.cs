using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Sagas.Orders;

/// <summary>What is new in a carrier's report: facts to tell, and what others must hear.</summary>
sealed record CarrierNews(IReadOnlyList<Func<Standing, object>> Facts, IReadOnlyList<object> Commands)
{
    /// <summary>Enters the report into the order's state.</summary>
    /// <returns>Null for a report that tells nothing new.</returns>
    public static CarrierNews? Take(OrderState order, ShipmentReported report)
    {
        // Two questions may be out after a silence, and the answers may overtake each other.
        if (order.Booking == Effect.Done && report.At < order.ShipmentAt) return null;

        var tracked = report.TrackingNumber is not null && order.TrackingNumber is null;
        var moved = order.Booking == Effect.None || order.Shipment != report.State;
        (order.Booking, order.ShipmentId, order.Shipment, order.ShipmentAt) = (Effect.Done, report.ShipmentId, report.State, report.At);
        order.TrackingNumber ??= report.TrackingNumber;

        List<Func<Standing, object>> facts = [];
        List<object> commands = [];
        if (tracked) facts.Add(standing => new OrderShipmentBooked(order.OrderId, standing, report.TrackingNumber!));
        if (moved) AddMove(order, report, facts, commands);
        return tracked || moved ? new(facts, commands) : null;
    }

    static void AddMove(OrderState order, ShipmentReported report, List<Func<Standing, object>> facts, List<object> commands)
    {
        switch (report.State)
        {
            case ShipmentState.InTransit or ShipmentState.AtPickupPoint or ShipmentState.OutForDelivery:
                facts.Add(standing => new OrderOnItsWay(order.OrderId, standing, report.Says));
                if (order.ShippingTold) break;
                order.ShippingTold = true;
                commands.Add(new MarkOrderShipped(order.OrderId, order.TrackingNumber ?? order.ShipmentId, $"{order.OrderId}/oms-shipped/1"));
                commands.Add(Letters.Shipped(order));
                break;
            case ShipmentState.Delivered:
                // Had nobody heard that it left, then "left" now might arrive after "arrived", and stay.
                facts.Add(standing => new OrderDelivered(order.OrderId, standing));
                commands.Add(new MarkOrderComplete(order.OrderId, $"{order.OrderId}/oms-complete/1"));
                commands.Add(Letters.Delivered(order));
                break;
            case ShipmentState.NotDelivered or ShipmentState.Removed:
                order.Booking = Effect.Undone;
                break;
            case ShipmentState.Requested or ShipmentState.Booked:
            default:
                break;
        }
    }
}

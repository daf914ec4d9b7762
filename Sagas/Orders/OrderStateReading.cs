using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Messages;

namespace Dovetail.Sagas.Orders;

/// <summary>What follows from the state of an order. The state itself holds only what is stored: a store writes every property that it has.</summary>
static class OrderStateReading
{
    extension(OrderState order)
    {
        public bool HasEnded => order.Step is Step.Completed or Step.Cancelled;

        /// <summary>It has ended, and only what is to be remembered is left of it.</summary>
        public bool IsClosed => order.HasEnded && order.Order is null;

        /// <summary>A part of the money is on its way back.</summary>
        public bool PaysBack => order.Refunds is { Open.Count: > 0 };

        /// <summary>What was taken and neither has gone back in parts nor is about to; null before anything is taken.</summary>
        public Money? Kept => order is { Captured: { } captured, Refunds: { } refunds } ? captured with { Amount = captured.Amount - refunds.Returned - refunds.OnItsWay } : order.Captured;

        /// <summary>When the saga acts at the latest.</summary>
        public DateTimeOffset NextDeadline =>
            order.Refunds?.Deadline is { } refund && (order.Step == Step.PayPartsBack || refund < order.Deadline) ? refund
            : order.RenewalAt is { } renewal && renewal < order.Deadline ? renewal
            : order.Deadline;

        /// <summary>When the hold is renewed, while goods are waited for.</summary>
        public DateTimeOffset? RenewalAt => order is { Ending: null, Hold: Effect.Done, Step: Step.PickGoods or Step.AskCallCentre } ? order.RenewHoldAt : null;

        public bool SpendsPoints => order.Order.PointsToSpend > 0 && order.Order.Customer.LoyaltyCard is not null;

        public decimal PointsWanted => Math.Min(order.Order.PointsToSpend, (order.Amendment?.Total ?? order.Total!).Amount);

        /// <summary>What is left to be paid in money.</summary>
        public Money ToPay => order.ToPayOf(order.Total!);

        /// <summary>Of what is held no more is taken than is to be paid.</summary>
        public Money ToCapture => order.Held! < order.ToPay ? order.Held! : order.ToPay;

        /// <summary>What is decided may cost as much as is held, and more is held then.</summary>
        public Money ToRenew => order.Amendment is null ? order.ToCapture : order.Held!;

        /// <summary>Somebody took a part by hand, which let the rest of the hold go.</summary>
        public bool IsShort => order.Capture == Effect.Done && order.Captured! < order.ToCapture;

        public bool CarrierHasGoods =>
            order.CarrierKeepsGoods || order.Shipment is ShipmentState.InTransit or ShipmentState.AtPickupPoint or ShipmentState.OutForDelivery or ShipmentState.Delivered;
    }
}

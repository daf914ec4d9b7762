using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;

namespace Dovetail.Sagas.Tests;

/// <summary>The endpoints with the systems behind them: they do what they are asked, once an operation id, and keep account of it.</summary>
sealed class Systems(TimeProvider time)
{
    static readonly Money Nothing = Money.Zero("RUB");

    readonly Dictionary<string, object> _operations = [];
    readonly Dictionary<string, int> _jobs = [];
    bool _isCancelledThere;
    int _pickings;
    int _shipmentMoves;
    ShipmentState? _shipment;
    DateTimeOffset _shipmentAt;

    /// <summary>Commands that are answered with a no.</summary>
    public HashSet<Type> Refuses { get; } = [];

    /// <summary>How often paying back or crediting is refused before it works.</summary>
    public int Obstinacy { get; set; }

    /// <summary>Somebody takes the held money by hand before the hold is to be released.</summary>
    public bool IsTakenByHand { get; set; }

    /// <summary>How often "still running" is answered before a model has its price.</summary>
    public int ModelDelay { get; set; } = 2;

    public PickingState[] Picking { get; set; } = [PickingState.InProgress, PickingState.Picked];

    public ShipmentState[] Shipping { get; set; } =
        [ShipmentState.Requested, ShipmentState.Booked, ShipmentState.InTransit, ShipmentState.InTransit, ShipmentState.AtPickupPoint, ShipmentState.Delivered];

    public Money Held { get; private set; } = Nothing;

    public Money Captured { get; private set; } = Nothing;

    public Money Refunded { get; private set; } = Nothing;

    public decimal PointsAside { get; private set; }

    public decimal PointsSpent { get; private set; }

    public int Accruals { get; private set; }

    public bool OmsOpen { get; private set; }

    public bool OmsComplete { get; private set; }

    public bool ShipmentActive => _shipment is not (null or ShipmentState.Delivered or ShipmentState.NotDelivered or ShipmentState.Removed);

    public int RunningJobs => _jobs.Count;

    public List<string> Letters { get; } = [];

    /// <summary>Things that were undone without having been done, and the like.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>What an endpoint answers; null for commands without an answer.</summary>
    public object? Answer(object command)
    {
        if (OperationOf(command) is not { } id) return Read(command);
        if (!_operations.TryGetValue(id, out var answer)) _operations[id] = answer = Do(command) ?? command;
        return answer == command || answer.GetType() == command.GetType() ? null : answer;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"held {Held}, captured {Captured}, refunded {Refunded}, points aside {PointsAside}, OMS {(OmsOpen ? "open" : "closed")}, shipment {_shipment}, {RunningJobs} jobs");

    static string? OperationOf(object command) => command switch
    {
        NotifyCustomer letter => letter.NotificationId,
        _ => command.GetType().GetProperty("OperationId")?.GetValue(command) as string,
    };

    object Read(object command) => command switch
    {
        CheckModelPrice check => ModelAnswer(check.OrderId, check.LineId),
        CancelModelPrice cancel => CancelModel(cancel),
        CheckPicking check => PickingAnswer(check.OrderId),
        CheckShipment check => ShipmentAnswer(check.OrderId),
        _ => throw new InvalidOperationException($"Nobody answers {command}."),
    };

    object? Do(object command)
    {
        var no = Refuses.Contains(command.GetType());
        switch (command)
        {
            case RequestModelPrice request:
                if (no) return new ModelPriceRefused(request.OrderId, request.LineId, "too thin");
                _jobs[request.LineId] = ModelDelay;
                return ModelAnswer(request.OrderId, request.LineId);
            case PriceOrder price:
                if (no) return new OrderPriceRefused(price.OrderId, "not sold any more");
                Complain(price.Lines.Any(line => line.UnitPrice is null), "priced a line without a unit price");
                var lines = price.Lines.Select(line => new PricedLine(line.LineId, line.Sku, line.Name, line.Quantity, line.UnitPrice!, Nothing, line.UnitPrice! * line.Quantity)).ToList();
                return new OrderPriceCalculated(price.OrderId, lines, lines.Aggregate(Nothing, (sum, line) => sum + line.Total));
            case ReservePoints reserve:
                if (no) return new PointsRefused(reserve.OrderId, "not enough points");
                PointsAside += reserve.Points;
                return new PointsReserved(reserve.OrderId, reserve.Points);
            case ReleasePoints release:
                Complain(PointsAside == 0, "released points that were not set aside");
                PointsAside = 0;
                return new PointsReleased(release.OrderId);
            case HoldPayment hold:
                if (no) return new PaymentDeclined(hold.OrderId, "insufficient funds");
                Held += hold.Amount;
                return new PaymentHeld(hold.OrderId, "pay-1", hold.Amount, null);
            case VoidPayment release:
                Complain(Held == Nothing, "voided what was not held");
                if (Obstinacy-- > 0) return new PaymentReturnRefused(release.OrderId, release.PaymentId, "not now");
                var held = Held;
                Held = Nothing;
                if (IsTakenByHand)
                {
                    Captured += held;
                    return new PaymentCaptured(release.OrderId, release.PaymentId, held);
                }
                return new PaymentVoided(release.OrderId, release.PaymentId);
            case CapturePayment capture:
                Complain(Held != capture.Amount, $"captured {capture.Amount} of {Held} held");
                Held = Nothing;
                if (no) return new CaptureRefused(capture.OrderId, capture.PaymentId, "the hold had ended");
                Captured += capture.Amount;
                return new PaymentCaptured(capture.OrderId, capture.PaymentId, capture.Amount);
            case RefundPayment refund:
                if (Obstinacy-- > 0 || Refunded + refund.Amount > Captured) return new PaymentReturnRefused(refund.OrderId, refund.PaymentId, "not now");
                Refunded += refund.Amount;
                return new PaymentRefunded(refund.OrderId, refund.PaymentId, refund.Amount);
            default:
                return DoWithGoods(command, no);
        }
    }

    object? DoWithGoods(object command, bool no)
    {
        switch (command)
        {
            case RegisterOrder register:
                if (no) return new OmsOrderRefused(register.OrderId, "unknown article");
                OmsOpen = true;
                return new OmsOrderRegistered(register.OrderId, "OMS-1");
            case CancelOmsOrder cancel:
                // Whoever cancelled it there was quicker than the report of it.
                Complain(!OmsOpen && !_isCancelledThere, "cancelled an order that is not in the OMS");
                OmsOpen = false;
                return new OmsOrderCancelled(cancel.OrderId);
            case MarkOrderShipped:
                // Nobody answers this, so it may come after the order was completed or cancelled, which it must not take back.
                return null;
            case MarkOrderComplete:
                Complain(!OmsOpen, "completed an order that is not in the OMS");
                (OmsOpen, OmsComplete) = (false, true);
                return null;
            case BookShipment book:
                return no ? new ShipmentRefused(book.OrderId, "no such town") : ShipmentAnswer(book.OrderId);
            case CancelShipment cancel:
                Complain(_shipment is null, "withdrew a shipment that is not there");
                if (_shipment is not (ShipmentState.Requested or ShipmentState.Booked))
                    return new ShipmentCancellationRefused(cancel.OrderId, cancel.ShipmentId, "it is on its way");
                _shipment = ShipmentState.Removed;
                return new ShipmentCancelled(cancel.OrderId, cancel.ShipmentId);
            case AccruePoints accrue:
                if (Obstinacy-- > 0) return new PointsRefused(accrue.OrderId, "closed for stocktaking");
                Accruals++;
                (PointsSpent, PointsAside) = (PointsAside, 0);
                return new PointsAccrued(accrue.OrderId, 50);
            case NotifyCustomer letter:
                Letters.Add(letter.Kind.ToString());
                return null;
            default:
                throw new InvalidOperationException($"Nobody does {command}.");
        }
    }

    object ModelAnswer(string order, string line)
    {
        var left = _jobs.GetValueOrDefault(line);
        _jobs[line] = left - 1;
        if (left > 0) return new ModelPriceRunning(order, line, $"job-{line}", 1m / (left + 1));
        _jobs.Remove(line);
        return new ModelPriceCalculated(order, line, $"job-{line}", new(300, "RUB"));
    }

    ModelPriceCancelled CancelModel(CancelModelPrice cancel)
    {
        _jobs.Remove(cancel.LineId);
        return new(cancel.OrderId, cancel.LineId);
    }

    PickingReported PickingAnswer(string order)
    {
        var state = Picking[Math.Min(_pickings++, Picking.Length - 1)];
        if (state == PickingState.Cancelled) (OmsOpen, _isCancelledThere) = (false, true);
        return new(order, state, state == PickingState.OutOfStock ? ["1"] : []);
    }

    ShipmentReported ShipmentAnswer(string order)
    {
        var next = Shipping[Math.Min(_shipmentMoves++, Shipping.Length - 1)];
        if (_shipment is null || (ShipmentActive && next != _shipment)) (_shipment, _shipmentAt) = (next, time.GetUtcNow());
        var tracking = _shipment == ShipmentState.Requested ? null : "TRACK-1";
        return new(order, "ship-1", _shipment.Value, tracking, $"the carrier's word for {_shipment}", _shipmentAt);
    }

    void Complain(bool wrong, string what)
    {
        if (wrong) Complaints.Add(what);
    }
}

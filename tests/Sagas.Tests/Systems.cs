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
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;

namespace Dovetail.Sagas.Tests;

/// <summary>The endpoints with the systems behind them: they do what they are asked, once an operation id, and keep account of it.</summary>
sealed class Systems
{
    static readonly Money Nothing = Money.Zero("RUB");

    readonly TimeProvider _time;
    readonly Bank _bank;
    readonly List<string> _purchases = [];
    readonly HashSet<string> _closed = [];
    readonly Dictionary<string, object> _operations = [];
    readonly HashSet<string> _byHand = [];
    readonly Dictionary<string, int> _jobs = [];
    decimal _price;
    decimal _owed;
    IReadOnlyList<string>? _missing;
    bool _isCancelledThere;
    int _pickings;
    int _shipmentMoves;
    ShipmentState? _shipment;
    DateTimeOffset _shipmentAt;

    public Systems(TimeProvider time) => (_time, _bank) = (time, new(time, Complain));

    /// <summary>Commands that are answered with a no.</summary>
    public HashSet<Type> Refuses { get; } = [];

    /// <summary>How often paying back or crediting is refused before it works.</summary>
    public int Obstinacy { get; set; }

    /// <summary>Operations that are answered with a no, such as "hold/2".</summary>
    public HashSet<string> RefusesOperations { get; } = [];

    /// <summary>Commands that fail, each time, until a person has done in the system's place what they ask for.</summary>
    public HashSet<Type> Fails { get; } = [];

    /// <summary>Copies of commands that failed: somebody may have them handled once more, whatever became of the order.</summary>
    public List<object> ErrorQueue { get; } = [];

    /// <summary>What the call centre decides; null while it is silent.</summary>
    public Func<OpenTask, object?> CallCentre { get; set; } = task => new TaskUnanswered(task.TaskId, task.OrderId);

    /// <summary>Which of the order's lines are missing when goods are out of stock.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<string>> Missing { get; set; } = lines => [lines[0]];

    /// <summary>What of the money is to go back in parts, or has gone.</summary>
    public Func<decimal> PartsGoBack { get; set; } = () => 0;

    public Func<bool> IsBeingCancelled { get; set; } = () => false;

    /// <summary>Somebody takes the held money by hand before the hold is to be released.</summary>
    public bool IsTakenByHand { get => _bank.IsTakenByHand; set => _bank.IsTakenByHand = value; }

    /// <summary>So much somebody takes by hand before it is to be taken.</summary>
    public decimal? TakenByHand { get => _bank.TakenByHand; set => _bank.TakenByHand = value; }

    /// <summary>How often "still running" is answered before a model has its price.</summary>
    public int ModelDelay { get; set; } = 2;

    public PickingState[] Picking { get; set; } = [PickingState.InProgress, PickingState.Picked];

    public ShipmentState[] Shipping { get; set; } =
        [ShipmentState.Requested, ShipmentState.Booked, ShipmentState.InTransit, ShipmentState.InTransit, ShipmentState.AtPickupPoint, ShipmentState.Delivered];

    /// <summary>How long a hold stands; null for ever.</summary>
    public TimeSpan? HoldsFor { get => _bank.HoldsFor; set => _bank.HoldsFor = value; }

    public decimal Held => _bank.Held;

    public decimal Captured => _bank.Taken;

    public decimal Refunded => _bank.Returned;

    /// <summary>What of it was given back in parts.</summary>
    public decimal Parts => _bank.Parts;

    /// <summary>The order's lines as order management has them.</summary>
    public IReadOnlyList<PricedLine> Lines { get; private set; } = [];

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
        if (!_operations.TryGetValue(id, out var answer))
        {
            if (!IsSettled(command) && Fails.Contains(command.GetType()))
            {
                ErrorQueue.Add(command);
                return null;
            }
            _operations[id] = answer = (IsSettled(command) ? Usual(command) : Do(command)) ?? command;
        }
        return answer == command || answer.GetType() == command.GetType() ? null : answer;
    }

    /// <summary>A person does in the system's place what it was asked for. The endpoint knows nothing of it.</summary>
    public void DoByHand(object command)
    {
        Complain(_operations.ContainsKey(OperationOf(command)!), $"did by hand what had been answered: {command}");
        _byHand.Add(OperationOf(command)!);
        var (obstinacy, isTaken) = (Obstinacy, IsTakenByHand);
        (Obstinacy, IsTakenByHand) = (0, false);
        Do(command);
        (Obstinacy, IsTakenByHand) = (obstinacy, isTaken);
    }

    /// <summary>Takes the copies of a command that failed out of the error queue.</summary>
    public IReadOnlyList<object> CopiesOf(object command)
    {
        var copies = ErrorQueue.FindAll(copy => OperationOf(copy) == OperationOf(command));
        ErrorQueue.RemoveAll(copies.Contains);
        return copies;
    }

    /// <summary>Somebody has a copy handled that failed; this time nothing is in its way.</summary>
    public object? Retry(object copy)
    {
        var failing = Fails.Remove(copy.GetType());
        var answer = Answer(copy);
        if (failing) Fails.Add(copy.GetType());
        return answer;
    }

    /// <summary>What was paid back comes back days later; null where it was not, or not at the provider.</summary>
    public RefundFailed? Return(RefundPayment refund) =>
        _operations.GetValueOrDefault(refund.OperationId) is PaymentRefunded && _byHand.Add(refund.OperationId) ? _bank.Return(refund) : null;

    public bool Knows(string operation) => _operations.ContainsKey(operation);

    public static bool IsSettled(object command) => command is RefundPayment { Settled: true } or VoidPayment { Settled: true } or ReleasePoints { Settled: true } or AccruePoints { Settled: true };

    public static string? OperationOf(object command) => command switch
    {
        NotifyCustomer letter => letter.NotificationId,
        OpenTask task => task.TaskId,
        _ => command.GetType().GetProperty("OperationId")?.GetValue(command) as string,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"held {Held}, captured {Captured}, refunded {Refunded}, points aside {PointsAside}, OMS {(OmsOpen ? "open" : "closed")}, shipment {_shipment}, {RunningJobs} jobs");

    static object Usual(object command) => command switch
    {
        RefundPayment refund => new PaymentRefunded(refund.OrderId, refund.PaymentId, refund.Amount, refund.OperationId),
        VoidPayment release => new PaymentVoided(release.OrderId, release.PaymentId),
        ReleasePoints release => new PointsReleased(release.OrderId, release.OperationId),
        AccruePoints accrue => new PointsAccrued(accrue.OrderId, 0),
        _ => throw new InvalidOperationException($"Nobody does {command} by hand."),
    };

    object? Read(object command) => command switch
    {
        CheckModelPrice check => ModelAnswer(check.OrderId, check.LineId),
        CancelModelPrice cancel => CancelModel(cancel),
        CheckPicking check => PickingAnswer(check.OrderId),
        CheckShipment check => ShipmentAnswer(check.OrderId),
        CloseTask close => Close(close),
        _ => throw new InvalidOperationException($"Nobody answers {command}."),
    };

    object? Do(object command)
    {
        var no = Refuses.Contains(command.GetType()) || RefusesOperations.Contains(OperationOf(command)!.Split('/', 2)[1]);
        switch (command)
        {
            case RequestModelPrice request:
                if (no) return new ModelPriceRefused(request.OrderId, request.LineId, "too thin");
                _jobs[request.LineId] = ModelDelay;
                return ModelAnswer(request.OrderId, request.LineId);
            case PriceOrder price:
                if (no) return new OrderPriceRefused(price.OrderId, "not sold any more", price.OperationId);
                Complain(price.Lines.Any(line => line.UnitPrice is null), "priced a line without a unit price");
                var lines = price.Lines.Select(line => new PricedLine(line.LineId, line.Sku, line.Name, line.Quantity, line.UnitPrice!, Nothing, line.UnitPrice! * line.Quantity)).ToList();
                _price = lines.Sum(line => line.Total.Amount);
                _owed = Math.Max(0, _price - PointsAside);
                return new OrderPriceCalculated(price.OrderId, lines, new(_price, "RUB"), price.OperationId);
            case HoldPayment hold:
                // What the order is to become may have been given up since it was priced.
                if (!no) _owed = Math.Min(_owed, hold.Amount.Amount);
                return _bank.Hold(hold, no);
            case VoidPayment release:
                if (Obstinacy-- > 0) return new PaymentReturnRefused(release.OrderId, release.PaymentId, "not now", release.OperationId);
                var answer = _bank.Release(release);
                Complain(_bank.Held < _owed && !_bank.AnyHasLapsed && !IsBeingCancelled(), $"for a while {_bank.Held} is held where {_owed} is owed");
                return answer;
            case CapturePayment capture:
                return _bank.Take(capture, no);
            case RefundPayment refund:
                return Obstinacy-- > 0 ? new PaymentReturnRefused(refund.OrderId, refund.PaymentId, "not now", refund.OperationId) : _bank.GiveBack(refund);
            case ReservePoints reserve:
                if (no) return new PointsRefused(reserve.OrderId, "not enough points", reserve.OperationId);
                Complain(reserve.Points <= 0, "set no points aside");
                Complain(PointsAside > 0 || _purchases.Contains(reserve.Purchase ?? reserve.OrderId), "set points aside twice");
                _purchases.Add(reserve.Purchase ?? reserve.OrderId);
                PointsAside = reserve.Points;
                _owed = Math.Max(0, _price - PointsAside);
                return new PointsReserved(reserve.OrderId, reserve.Points, reserve.OperationId);
            case ReleasePoints release:
                Complain(PointsAside == 0 || _purchases[^1] != (release.Purchase ?? release.OrderId), "released points that were not set aside");
                PointsAside = 0;
                return new PointsReleased(release.OrderId, release.OperationId);
            default:
                return DoWithGoods(command, no);
        }
    }

    object? DoWithGoods(object command, bool no)
    {
        switch (command)
        {
            case RegisterOrder register:
                if (no) return new OmsOrderRefused(register.OrderId, "unknown article", register.OperationId);
                (OmsOpen, Lines) = (true, register.Lines);
                return new OmsOrderRegistered(register.OrderId, "OMS-1");
            case AmendOrder amend:
                if (no || _isCancelledThere) return new OmsOrderRefused(amend.OrderId, "unknown article", amend.OperationId);
                Complain(!OmsOpen, "amended an order that is not in the OMS");
                Complain(_missing is null || amend.Lines.Any(line => _missing.Contains(line.LineId)), "amended an order that lacks nothing, or to lines that are missing");
                (Lines, _missing) = (amend.Lines, null);
                return new OmsOrderAmended(amend.OrderId, amend.OperationId);
            case OpenTask task:
                return _closed.Contains(task.TaskId) ? null : CallCentre(task);
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
                Complain(!book.Lines.SequenceEqual(Lines), "sent other goods than were picked");
                return no ? new ShipmentRefused(book.OrderId, "no such town") : ShipmentAnswer(book.OrderId);
            case CancelShipment cancel:
                Complain(_shipment is null, "withdrew a shipment that is not there");
                if (_shipment is not (ShipmentState.Requested or ShipmentState.Booked))
                    return new ShipmentCancellationRefused(cancel.OrderId, cancel.ShipmentId, "it is on its way");
                _shipment = ShipmentState.Removed;
                return new ShipmentCancelled(cancel.OrderId, cancel.ShipmentId);
            case AccruePoints accrue:
                if (Obstinacy-- > 0) return new PointsRefused(accrue.OrderId, "closed for stocktaking", accrue.OperationId);
                var purchase = accrue.Purchase ?? accrue.OrderId;
                Complain(PointsAside > 0 ? _purchases[^1] != purchase : _purchases.Contains(purchase), "credited a purchase that was cancelled, or another one than points were set aside for");
                // Parts may go back before this is asked for, or after; what did not arrive goes back once more.
                var paid = Captured - Refunded - _bank.CameBack;
                Complain(accrue.Paid.Amount > paid + Parts || (PartsGoBack() == 0 && accrue.Paid.Amount != paid), $"credited for {accrue.Paid}, where {paid} was paid");
                Complain(accrue.Paid.Amount < paid + Parts - PartsGoBack(), $"credited for {accrue.Paid} only");
                Accruals++;
                (PointsSpent, PointsAside) = (PointsAside, 0);
                return new PointsAccrued(accrue.OrderId, 50);
            case NotifyCustomer letter:
                Letters.Add(letter.NotificationId.Split("/letter-")[1]);
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
        string[] lines = [.. Lines.Select(line => line.LineId)];
        if (_missing is not null) return new(order, PickingState.OutOfStock, _missing, lines);
        var state = _pickings < Picking.Length ? Picking[_pickings] : Picking[^1] == PickingState.OutOfStock ? PickingState.Picked : Picking[^1];
        _pickings++;
        if (state == PickingState.Cancelled) (OmsOpen, _isCancelledThere) = (false, true);
        if (state == PickingState.OutOfStock) _missing = Missing(lines);
        return new(order, state, _missing ?? [], lines);
    }

    /// <summary>No answer comes to a question that was taken back.</summary>
    object? Close(CloseTask close)
    {
        _closed.Add(close.TaskId);
        return null;
    }

    ShipmentReported ShipmentAnswer(string order)
    {
        var next = Shipping[Math.Min(_shipmentMoves++, Shipping.Length - 1)];
        if (_shipment is null || (ShipmentActive && next != _shipment)) (_shipment, _shipmentAt) = (next, _time.GetUtcNow());
        var tracking = _shipment == ShipmentState.Requested ? null : "TRACK-1";
        return new(order, "ship-1", _shipment.Value, tracking, $"the carrier's word for {_shipment}", _shipmentAt);
    }

    void Complain(bool wrong, string what)
    {
        if (wrong) Complaints.Add(what);
    }
}

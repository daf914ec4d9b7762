using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Messages;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <summary>From a placed order to goods delivered and paid for, or to a cancelled order of which nothing remains.</summary>
/// <remarks>
/// Price the models → price the order → set points aside → hold the money → register and pick → take the money → book the shipment → follow it →
/// credit the points. A no, or the customer's wish: undo what was done, last thing first. Silence: ask again, then ask a person.
/// Goods missing: ask people, and change the order to what they decide. What comes next is in <see cref="Steps"/>, <see cref="Amending"/> and
/// <see cref="Undoing"/>, how it is waited for in <see cref="Course"/>.
/// </remarks>
sealed partial class OrderFulfilment(OrderDeadlines deadlines, TimeProvider time, ILogger<OrderFulfilment> logger) : Saga<OrderState>,
    IAmStartedByMessages<PlaceOrder>,
    IHandleMessages<ModelPriceRunning>, IHandleMessages<ModelPriceCalculated>, IHandleMessages<ModelPriceRefused>,
    IHandleMessages<OrderPriceCalculated>, IHandleMessages<OrderPriceRefused>,
    IHandleMessages<PointsReserved>, IHandleMessages<PointsRefused>,
    IHandleMessages<OmsOrderRegistered>, IHandleMessages<OmsOrderRefused>, IHandleMessages<PickingReported>,
    IHandleMessages<PaymentCaptured>, IHandleMessages<CaptureRefused>,
    IHandleMessages<ShipmentReported>, IHandleMessages<ShipmentRefused>,
    IHandleMessages<PointsAccrued>,
    IHandleMessages<CancelOrder>,
    IHandleMessages<ResumeOrder>, IHandleTimeouts<OrderFulfilment.Alarm>
{
    public Task Handle(PlaceOrder order, IMessageHandlerContext context)
    {
        if (Data.HasEnded) PlacedAfterItsEnd(order.OrderId, Data.Step);
        if (Data.Step != Step.NotBegun) return Task.CompletedTask;
        if (time.GetUtcNow() - order.PlacedAt >= deadlines.Memory) throw new InvalidOperationException(Words.TooOld(order, deadlines.Memory));
        Data.Begin(order);
        return GoOn(context, standing => new OrderPlaced(
            order.OrderId, standing, order.TrackingId, order.Client, order.PlacedAt, order.Customer, order.Lines, order.AgreedTotal));
    }

    public Task Handle(ModelPriceRunning running, IMessageHandlerContext context)
    {
        if (OpenModel(running.LineId) is not { Asked: true } model) return Task.CompletedTask;
        var started = model.State == JobState.Requested;
        model.JobId = running.JobId;
        ModelAnswered(model, JobState.Running);
        return started ? GoOn(context, standing => new ModelPricingStarted(Data.OrderId, standing, running.LineId)) : GoOn(context);
    }

    public Task Handle(ModelPriceCalculated calculated, IMessageHandlerContext context)
    {
        if (OpenModel(calculated.LineId) is not { } model) return Task.CompletedTask;
        ModelAnswered(model, JobState.Ended);
        Data.SetPrice(calculated.LineId, calculated.UnitPrice);
        return GoOn(context, standing => new ModelPriced(Data.OrderId, standing, calculated.LineId, calculated.UnitPrice));
    }

    public Task Handle(ModelPriceRefused refused, IMessageHandlerContext context)
    {
        if (OpenModel(refused.LineId) is not { } model) return Task.CompletedTask;
        ModelAnswered(model, JobState.Ended);
        return Cancel(context, refused.Reason);
    }

    public Task Handle(OrderPriceCalculated calculated, IMessageHandlerContext context)
    {
        if (Data.Step is not (Step.PriceOrder or Step.RepriceOrder) || !IsAsked(calculated.OperationId)) return Task.CompletedTask;
        if (Data.Step == Step.RepriceOrder) return Repriced(calculated, context);
        var (total, agreed) = (calculated.Total.Rounded(), Data.Order.AgreedTotal);
        if (total.Currency != agreed.Currency || total > agreed) return Cancel(context, Words.TooDear(total, agreed));
        (Data.Prices, Data.Total) = (calculated.Lines, total);
        return GoOn(context, standing => new OrderPriced(Data.OrderId, standing, total));
    }

    public Task Handle(OrderPriceRefused refused, IMessageHandlerContext context) => RefusedAt(Step.PriceOrder, Step.RepriceOrder, refused.OperationId, context, refused.Reason);

    public Task Handle(PointsReserved reserved, IMessageHandlerContext context)
    {
        if (!Expects(Step.ReservePoints, Step.ReservePointsAnew, Data.Points, reserved.OperationId)) return Task.CompletedTask;
        if (Data.Step == Step.ReservePointsAnew) Data.Amendment!.PointsAreSetAside = true;
        (Data.Points, Data.PointsSetAside) = (Effect.Done, reserved.Points);
        return Done(context, standing => new OrderPointsReserved(Data.OrderId, standing, reserved.Points));
    }

    public Task Handle(PointsRefused refused, IMessageHandlerContext context) =>
        Data.Step == Step.AccruePoints ? NeedPerson(refused.OperationId, context, refused.Reason) : RefusedAt(Step.ReservePoints, Step.ReservePointsAnew, refused.OperationId, context, refused.Reason);

    public async Task Handle(OmsOrderRegistered registered, IMessageHandlerContext context)
    {
        if (!Expects(Step.RegisterOrder, Data.Oms)) return;
        Data.Oms = Effect.Done;
        if (Data.Ending is null) await context.Send(Letters.Confirmed(Data));
        await Done(context, standing => new OrderRegistered(Data.OrderId, standing, registered.OmsNumber));
    }

    public Task Handle(OmsOrderRefused refused, IMessageHandlerContext context) => RefusedAt(Step.RegisterOrder, Step.AmendOmsOrder, refused.OperationId, context, refused.Reason);

    public Task Handle(PickingReported picking, IMessageHandlerContext context)
    {
        if (Data.Step != Step.PickGoods)
        {
            // It overtook the answer that the order waits for, or came while the money is held anew.
            Data.PickingIsNews |= picking.State != PickingState.InProgress && (Data.Step is Step.RegisterOrder or Step.AmendOmsOrder || Data.Interrupted is not null);
            return Task.CompletedTask;
        }
        switch (picking.State)
        {
            // Picking what the order has become is still to be heard of.
            case not PickingState.InProgress when Amending.IsOfOtherLines(Data, picking):
                return Data.Awaiting ? Answered(context) : Task.CompletedTask;
            case PickingState.Picked:
                Data.Picked = true;
                return Answered(context, standing => new OrderPicked(Data.OrderId, standing));
            case PickingState.OutOfStock:
                return NotAllIsThere(picking, context);
            case PickingState.Cancelled:
                // Whoever did that may take it back: order management is told all the same.
                return Cancel(context, "the order was cancelled in order management");
            case PickingState.InProgress:
            default:
                return Data.Awaiting ? Answered(context) : Task.CompletedTask;
        }
    }

    public Task Handle(PaymentCaptured captured, IMessageHandlerContext context)
    {
        if (IsOldHold(Step.ReleaseOldHold, captured.PaymentId)) return OldHoldTaken(captured, context);
        if (!Expects(Step.CapturePayment, Data.Capture) || captured.PaymentId != Data.PaymentId) return Task.CompletedTask;
        Data.SetCaptured(captured.Amount);
        return Data.IsShort && Data.Ending is null
            ? NeedPerson(Steps.Operation(Data), context, Words.Short(captured.Amount))
            : Done(context, standing => new OrderPaid(Data.OrderId, standing, captured.Amount));
    }

    public Task Handle(CaptureRefused refused, IMessageHandlerContext context)
    {
        if (refused.PaymentId != Data.PaymentId) return Task.CompletedTask;
        if (Data.Step == Step.CapturePayment) Data.Hold = Effect.Undone;
        return CancelAt(Step.CapturePayment, context, refused.Reason);
    }

    public async Task Handle(ShipmentReported report, IMessageHandlerContext context)
    {
        if (Data.Step is not (Step.BookShipment or Step.FollowShipment)) return;
        var news = CarrierNews.Take(Data, report);
        if (news is null && !Data.Awaiting) return;

        Data.Awaiting = false;
        foreach (var command in news?.Commands ?? []) await context.Send(command);
        if (Data.Booking == Effect.Undone)
            await Cancel(context, $"the carrier says: {report.Says}");
        else if (Data.CarrierHasGoods && Data.Ending is not null)
            await GoOnAfterAll(context, "the carrier has the goods", news!.Facts);
        else
            await GoOn(context, [.. news?.Facts ?? []]);
    }

    public Task Handle(ShipmentRefused refused, IMessageHandlerContext context)
    {
        if (Data.Step is not (Step.BookShipment or Step.FollowShipment)) return Task.CompletedTask;
        Data.Booking = Effect.Undone;
        return CancelAt(Data.Step, context, refused.Reason);
    }

    public Task Handle(PointsAccrued accrued, IMessageHandlerContext context)
    {
        if (Data.Step != Step.AccruePoints) return Task.CompletedTask;
        Data.PointsEarned = accrued.Points;
        return Answered(context);
    }

    public Task Handle(CancelOrder cancel, IMessageHandlerContext context)
    {
        if (Data.Ending is not null) return Task.CompletedTask;
        return Data.CarrierHasGoods
            ? Act(context, course => course.Tell(standing => new OrderCancellationRefused(Data.OrderId, standing, "the carrier has the goods")))
            : Cancel(context, cancel.Reason);
    }

    public Task Handle(ResumeOrder resume, IMessageHandlerContext context) =>
        Data.PaysBack && Data.Attention is null ? PayBack(context, refunds => refunds.Resume(resume)) : Act(context, course => course.Resume(resume));

    public Task Timeout(Alarm alarm, IMessageHandlerContext context)
    {
        if (alarm.At == Data.AlarmAt) Data.AlarmAt = null;
        if (!Data.HasEnded || Data.PaysBack) return Wake(context);
        if (time.GetUtcNow() < Data.Deadline) return SetAlarm(context);
        MarkAsComplete();
        return Task.CompletedTask;
    }

    /// <summary>An answer is waited for, or comes after a no when the order is being undone: what it says was done must be undone too.</summary>
    bool Expects(Step step, Effect effect) => Data.Step == step || (Undoing.IsUnderWay(Data) && effect == Effect.None);

    /// <summary>The same for what may be asked for more than once: an old answer is none to a new question.</summary>
    bool Expects(Step step, Step anew, Effect effect, string? operationId) =>
        Data.Step == step || Data.Step == anew ? IsAsked(operationId) : Expects(step, effect);

    /// <summary>It answers the question that is out. Answers from before an order could be amended name none, and there was only one question then.</summary>
    bool IsAsked(string? operationId) => operationId is null ? Data.Number == 1 : operationId == Steps.Operation(Data);

    ModelJob? OpenModel(string lineId) =>
        Data.Step == Step.PriceModels ? Data.Models.Find(model => model.LineId == lineId && model.State != JobState.Ended) : null;

    void ModelAnswered(ModelJob model, JobState state)
    {
        (model.State, model.Asked) = (state, false);
        Data.Awaiting = Data.Models.Exists(model => model.Asked);
    }

    Task Answered(IMessageHandlerContext context, params Func<Standing, object>[] facts)
    {
        Data.EndOperation();
        return GoOn(context, facts);
    }

    /// <summary>Something was done that is waited for; or that comes after a no, when the answer to another question is waited for.</summary>
    Task Done(IMessageHandlerContext context, Func<Standing, object> fact) => Undoing.IsUnderWay(Data) ? GoOn(context, fact) : Answered(context, fact);

    Task GoOn(IMessageHandlerContext context, params Func<Standing, object>[] facts) => Act(context, course => course.GoOn(facts));

    Task GoOnAfterAll(IMessageHandlerContext context, string reason, IEnumerable<Func<Standing, object>> facts)
    {
        Data.Ending = null;
        return Answered(context, [.. facts, standing => new OrderCancellationRefused(Data.OrderId, standing, Words.Plain(reason))]);
    }

    /// <summary>On the way there a no is the end; to an amendment it is one for people to decide on anew.</summary>
    Task RefusedAt(Step step, Step anew, string? operationId, IMessageHandlerContext context, string reason) =>
        !IsAsked(operationId) ? Task.CompletedTask : Data.Step == anew ? Unamendable(context, reason) : CancelAt(step, context, reason);

    Task CancelAt(Step step, IMessageHandlerContext context, string reason)
    {
        if (Data.Step != step) return Task.CompletedTask;
        Data.EndOperation();
        return Cancel(context, reason);
    }

    Task Cancel(IMessageHandlerContext context, string reason) => Act(context, course => course.Cancel(Words.Plain(reason)));

    /// <summary>A refusal of what was asked before is none of what is asked now, which may have been done by then.</summary>
    Task NeedPerson(string? operationId, IMessageHandlerContext context, string reason) =>
        Data.Awaiting && IsAsked(operationId) ? Act(context, course => course.Refused(reason)) : Task.CompletedTask;

    /// <summary>Whatever still comes, an order that has ended stays as it ended.</summary>
    Task Act(IMessageHandlerContext context, Action<Course> decide) => Data.HasEnded ? Task.CompletedTask : Take(context, decide);

    async Task Take(IMessageHandlerContext context, Action<Course> decide)
    {
        var course = new Course(Data, deadlines, time.GetUtcNow());
        decide(course);
        foreach (var fact in course.Facts) await context.Publish(fact);
        foreach (var command in course.Commands) await context.Send(command);
        if (Data.HasEnded && !Data.IsClosed) Data.Close(time.GetUtcNow() + deadlines.Memory);
        await SetAlarm(context);
    }

    /// <summary>One that rings no later is as good. One that should have rung is not counted on: it may be lost in a queue.</summary>
    async Task SetAlarm(IMessageHandlerContext context)
    {
        var deadline = Data.NextDeadline;
        if (Data.AlarmAt > time.GetUtcNow() && Data.AlarmAt <= deadline) return;
        Data.AlarmAt = deadline;
        await RequestTimeout(context, deadline, new Alarm(deadline));
    }

    /// <summary>The order's one alarm clock, set to its next deadline.</summary>
    internal sealed record Alarm(DateTimeOffset At);

    [LoggerMessage(LogLevel.Warning, "Order {OrderId} was placed once more after it had ended ({End}). Nothing was done; who wants the goods again needs a new order.")]
    partial void PlacedAfterItsEnd(string orderId, Step end);
}

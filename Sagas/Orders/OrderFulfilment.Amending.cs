using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Contracts.Tasks.Messages;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <remarks>Goods are missing: people decide what the customer gets instead, and the order becomes that. A no to it goes back to them; the order itself is as before.</remarks>
sealed partial class OrderFulfilment : IHandleMessages<TaskAnswered>, IHandleMessages<TaskUnanswered>, IHandleMessages<OmsOrderAmended>
{
    public Task Handle(TaskAnswered answer, IMessageHandlerContext context)
    {
        if (Asked(answer.TaskId) is not { } change) return Task.CompletedTask;
        if (answer.CancelReason is { } reason) return CancelUndecided(context, reason);

        var agreed = Data.Order.AgreedTotal;
        change.Decide(Data.Order.Lines, answer.Lines, answer.AgreedTotal is { } more && more > agreed ? more : agreed);
        return Answered(context, standing => new OrderSubstitutionDecided(Data.OrderId, standing, answer.TaskId, $"{answer.By}: {change.Changes}"));
    }

    public Task Handle(TaskUnanswered silence, IMessageHandlerContext context)
    {
        if (Asked(silence.TaskId) is not { } change) return Task.CompletedTask;
        change.ByHub = true;
        change.Decide(Data.Order.Lines, [], Data.Order.AgreedTotal);
        return change.Lines!.Count == 0
            ? CancelUndecided(context, change.What)
            : Answered(context, standing => new OrderSubstitutionDecided(Data.OrderId, standing, silence.TaskId, $"nobody decided in time: {change.Changes}"));
    }

    public async Task Handle(OmsOrderAmended amended, IMessageHandlerContext context)
    {
        if (Data.Step != Step.AmendOmsOrder || !IsAsked(amended.OperationId)) return;
        var change = Data.Amend();
        if (Data.Ending is null) await context.Send(Letters.Amended(Data, change));
        await Answered(context, standing => new OrderAmended(Data.OrderId, standing, Data.Prices!, Data.Total!));
    }

    Task NotAllIsThere(PickingReported picking, IMessageHandlerContext context)
    {
        var missing = Amending.Missing(Data, picking.MissingLines);

        // What is said of lines that the order no longer has was said before it was amended.
        if (missing.Count == 0) return Data.Awaiting ? Answered(context) : Task.CompletedTask;

        Data.BeginAmendment(Words.OutOfStock(missing), missing);
        return AskPeople(context);
    }

    Task Repriced(OrderPriceCalculated calculated, IMessageHandlerContext context)
    {
        var change = Data.Amendment!;
        var (total, agreed) = (calculated.Total.Rounded(), change.AgreedTotal!);
        if (total.Currency != agreed.Currency || total > agreed) return Unamendable(context, Words.TooDear(total, agreed));
        (change.Prices, change.Total) = (calculated.Lines, total);
        return Answered(context, standing => new OrderPriced(Data.OrderId, standing, total));
    }

    /// <summary>A system said no to what was decided. What is done of it stays, and is part of what the next decision begins with.</summary>
    Task Unamendable(IMessageHandlerContext context, string reason)
    {
        // Nobody decides again on an order that is being cancelled, and the hub has nothing better than what it tried.
        if (Data.Ending is not null) return Answered(context);
        if (Data.Amendment!.ByHub) return CancelAt(Data.Step, context, reason);
        Data.Amendment = Data.Amendment.Anew(++Data.Questions, Words.Plain(reason));
        return AskPeople(context);
    }

    Task AskPeople(IMessageHandlerContext context)
    {
        var change = Data.Amendment!;
        return Answered(context, standing => new OrderSubstitutionAsked(Data.OrderId, standing, change.TaskId(Data), Amending.Missing(Data, change.Missing), Words.Why(change)));
    }

    Task CancelUndecided(IMessageHandlerContext context, string reason)
    {
        Data.Amendment = null;
        return CancelAt(Step.AskCallCentre, context, reason);
    }

    /// <summary>What is being decided, if it is this question that waits for an answer.</summary>
    Amendment? Asked(string taskId) => Data.Step == Step.AskCallCentre && Data.Amendment is { } change && change.TaskId(Data) == taskId ? change : null;
}

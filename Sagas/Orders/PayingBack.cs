using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;

namespace Dovetail.Sagas.Orders;

/// <summary>Pays money back beside the order's course, parts of it and what did not arrive: takes on what is left to be given, asks, asks again, and gets people when that does not help.</summary>
sealed class PayingBack(OrderState order, OrderDeadlines deadlines, DateTimeOffset now, Course course)
{
    readonly PartRefunds _refunds = order.Refunds ??= new();

    public void TakeOn(RefundPart wish)
    {
        if (_refunds.Known.Contains(wish.RefundId)) return;
        _refunds.Known.Add(wish.RefundId);
        if (Fault(wish) is { } fault)
        {
            course.Tell(standing => new OrderRefundRefused(order.OrderId, standing, wish.RefundId, wish.Amount, fault));
            return;
        }
        _refunds.Open.Add(new(wish.RefundId, wish.Amount, wish.Reason, wish.Customer, wish.TrackingId, wish.Client, ReceiptOf(wish)));
        if (_refunds.Open.Count == 1) Begin();
        course.Tell(standing => new OrderRefundAsked(order.OrderId, standing, wish.RefundId, wish.Amount, wish.By, wish.Reason));
    }

    /// <summary>The bank returned what had been paid back. Asking it again would hardly help, and people may do it by hand at any moment: so they are asked, and nobody else before they say so.</summary>
    public void CameBack(RefundFailed failed)
    {
        if (_refunds.Known.Contains(failed.OperationId)) return;
        _refunds.Known.Add(failed.OperationId);
        _refunds.Open.Add(new(failed.OperationId, failed.Amount, Words.Plain(failed.Reason)) { PaymentId = failed.PaymentId });
        if (_refunds.Open.Count == 1) Begin();
        course.Tell(standing => new OrderRefundFailed(order.OrderId, standing, failed.Amount, Words.Plain(failed.Reason)));
        if (_refunds.Open.Count == 1) TellTask();
    }

    public void Returned() => End($"{Words.Payments} answered");

    public void Refused(string reason)
    {
        // A refusal is for good: what is asked for after it is another operation.
        var what = Words.RefundRefused(_refunds, reason);
        _refunds.Number++;
        if (_refunds.Attention?.Cause != AttentionCause.Refusal) Open(AttentionCause.Refusal, what);
    }

    public void Wake()
    {
        if (_refunds.Open.Count == 0 || now < _refunds.Deadline) return;
        if (_refunds.Attention is { } task) HandOver(task);
        else if (_refunds.Attempt < deadlines.Askings) AskAgain();
        else Open(AttentionCause.Silence, Words.RefundSilent(_refunds));
    }

    public void Resume(ResumeOrder resume)
    {
        if (_refunds.Attention is null) return;
        if (resume.Settled)
        {
            foreach (var told in Settling.Tell([Question()])) course.Send(told);
            End($"{resume.By} says that it was done by hand");
            return;
        }
        _refunds.Attention = null;
        _refunds.Attempt = 1;
        Ask();
        course.Tell(standing => new OrderAttentionEnded(order.OrderId, standing, $"{resume.By} had the refund asked for again"));
    }

    string? Fault(RefundPart wish) => order switch
    {
        { Ending: not null } or { Step: Step.Cancelled } => "the order is cancelled, and all that was taken for it goes back anyway",
        { Capture: not Effect.Done } => "nothing has been taken from the customer that could be paid back",
        _ when wish.Amount.Currency != order.Kept!.Currency || wish.Amount.Amount <= 0 || wish.Amount != wish.Amount.Rounded() => $"{wish.Amount} is no part of {order.Captured}",
        _ when wish.Amount > order.Kept! => $"no more than {order.Kept} is left of the {order.Captured} that were taken",
        _ => null,
    };

    Receipt ReceiptOf(RefundPart wish) => wish.Lines is null && !order.IsClosed
        ? Receipts.Of(wish.Customer, order.Prices!)
        : new(wish.Customer.Email, wish.Customer.Phone, wish.Lines ?? [new($"Order {order.OrderId}", 1, wish.Amount)]);

    void Begin()
    {
        _refunds.Number++;
        _refunds.Attempt = 1;
        if (_refunds.Open[0].IsRepeated) Wait(AttentionCause.Refusal, Words.CameBack(_refunds.Open[0]));
        else Ask();
    }

    RefundPayment Question() => new(order.OrderId, _refunds.Open[0].PaymentId ?? order.PaymentId, _refunds.Open[0].Amount, _refunds.Operation(order.OrderId), _refunds.Open[0].Receipt);

    void Ask()
    {
        course.Send(Question());
        _refunds.Deadline = now + deadlines.PaymentPatience;
    }

    void AskAgain()
    {
        _refunds.Attempt++;
        Ask();
        course.Tell(standing => new OrderDelayed(order.OrderId, standing, Words.Payments, _refunds.Attempt));
    }

    void End(string how)
    {
        var (part, number, wasTask) = (_refunds.Open[0], _refunds.Number, _refunds.Attention is not null);
        (_refunds.Attention, _refunds.Deadline) = (null, null);
        _refunds.Open.RemoveAt(0);
        if (!part.IsRepeated) _refunds.Returned += part.Amount.Amount;
        if (_refunds.Open.Count > 0) Begin();

        List<Func<Standing, object>> facts = [];
        if (wasTask && order.Attention is null) facts.Add(standing => new OrderAttentionEnded(order.OrderId, standing, how));
        facts.Add(Done(part, number));
        if (order.Step == Step.PayPartsBack) course.GoOn([.. facts]);
        else course.Tell([.. facts]);
        if (_refunds.Attention is not null) TellTask();
    }

    Func<Standing, object> Done(PartRefund part, int number)
    {
        if (part.IsRepeated) return standing => new OrderRefundRepeated(order.OrderId, standing, part.Amount);
        course.Send(Letters.PartRefunded(order.OrderId, part, number));
        var inAll = part.Amount with { Amount = _refunds.Returned };
        return standing => new OrderPartRefunded(order.OrderId, standing, part.RefundId, part.Amount, inAll);
    }

    void Open(AttentionCause cause, string what)
    {
        Wait(cause, what);
        TellTask();
    }

    /// <summary>For people.</summary>
    void Wait(AttentionCause cause, string what)
    {
        _refunds.Attention = new(_refunds.Attention?.Queue ?? Words.SupportDesk, cause, what);
        _refunds.Deadline = now + deadlines.Task;
    }

    void HandOver(Attention task)
    {
        _refunds.Attention = task with { Queue = Words.SupportLead };
        if (!_refunds.Open[0].IsRepeated) Ask();
        _refunds.Deadline = now + deadlines.Task;
        TellTask();
    }

    /// <summary>Once the order has no task of its own, this one is told.</summary>
    void TellTask()
    {
        if (order.Attention is null)
            course.Tell(standing => new OrderNeedsAttention(order.OrderId, standing, _refunds.Attention!.Queue, Words.RefundTask(_refunds)));
    }
}

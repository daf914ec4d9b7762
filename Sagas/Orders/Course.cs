using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Tasks.Commands;

namespace Dovetail.Sagas.Orders;

/// <summary>Keeps an order moving: asks the next question, asks again when nobody answers, and gets people when that does not help.</summary>
/// <remarks>Works on one message: changes the order's state, and collects what the saga then publishes and sends.</remarks>
sealed class Course(OrderState order, OrderDeadlines deadlines, DateTimeOffset now)
{
    readonly List<object> _facts = [];
    readonly List<object> _commands = [];

    public IReadOnlyList<object> Facts => _facts;

    public IReadOnlyList<object> Commands => _commands;

    /// <summary>Something was answered: goes on to what is next, there or back, or waits on.</summary>
    /// <param name="facts">What has become true, told together with where the order stands now.</param>
    public void GoOn(params Func<Standing, object>[] facts)
    {
        var next = Next();
        if (next != order.Step) Enter(next, $"{Words.System(order.Step)} answered");
        else if (!order.Awaiting && deadlines.Polling(next) is { Pause: var pause }) Pause(pause);
        Tell(facts);
        End();
    }

    /// <summary>The order is not to be fulfilled: undoes what was done, as soon as it is known what that is.</summary>
    public void Cancel(string reason)
    {
        var known = order.Ending is not null;
        if (order is { Ending: null, Amendment: { Lines: null } change }) _commands.Add(new CloseTask(change.TaskId(order), "the order is being cancelled"));
        order.Ending ??= reason;
        var next = Next();
        if (next != order.Step) Enter(next, "the order is being cancelled");

        // Nothing to undo, nothing to announce: the end itself is told.
        if (!known && next != Step.Cancelled) Tell(standing => new OrderCancelling(order.OrderId, standing, reason));
        End();
    }

    /// <summary>The system said no where the order can't go on without a yes.</summary>
    public void Refused(string reason)
    {
        order.EndOperation();
        order.BeginOperation();
        if (order.Attention?.Cause != AttentionCause.Refusal) Open(AttentionCause.Refusal, Words.Refused(order, reason));
    }

    /// <summary>The alarm rang. It may ring early, late, or for something long past.</summary>
    public void Wake()
    {
        if (order.RenewalAt <= now)
        {
            Enter(Step.RenewHold, "the money is held anew first");
            return;
        }
        if (now < order.Deadline || order.Step == Step.PayPartsBack) return;
        if (order.Attention is { } task) HandOver(task);
        else if (!order.Awaiting) Continue();
        else if (order.Attempt < deadlines.Askings) AskAgain();
        else Open(AttentionCause.Silence, Words.Silent(order));
    }

    /// <summary>A person dealt with it: asks at once, and waits as patiently as the first time.</summary>
    public void Resume(ResumeOrder resume)
    {
        if (order.Attention is null) return;
        IReadOnlyList<object> questions = [.. Steps.Questions(order)];
        if (resume.Settled && Settling.Take(order) is { } settled)
        {
            _commands.AddRange(Settling.Tell(questions));
            Settle(resume.By, settled);
            return;
        }
        order.Attention = null;
        order.Attempt = 1;
        order.Limit = now + deadlines.Polling(order.Step)?.InAll;
        Ask();
        TellTaskEnded($"{resume.By} had the order resumed");
    }

    public void Send(object command) => _commands.Add(command);

    public void Tell(params Func<Standing, object>[] facts) => _facts.AddRange(facts.Select(fact => fact(Standing())));

    void Settle(string by, Func<Standing, object>[] facts)
    {
        order.EndOperation();
        Enter(Next(), $"{by} says that it was done by hand");
        Tell(facts);
        End();
    }

    Step Next() =>
        order.Ending is null ? Steps.Next(order) is var next && next == order.Step && order.RenewalAt <= now ? Step.RenewHold : next
        : Undoing.MustWait(order) ? order.Step
        : Undoing.Next(order);

    void Enter(Step step, string why)
    {
        OrderSteps.Map.Check(order.Step, step, $"Order {order.OrderId}");
        var task = order.Attention;
        if (step == Step.RenewHold) order.Interrupted = new(order.Attempt, order.Deadline, order.Limit);
        order.Attention = null;
        order.Step = step;
        if (step == Step.ReleaseOldHold) order.SetHoldAside();
        if (step == Step.AccruePoints) order.Earning = order.Kept;
        order.BeginOperation();
        order.Attempt = 1;
        order.Awaiting = false;
        var polling = deadlines.Polling(step);
        order.Limit = now + polling?.InAll;
        order.Deadline = now;

        var interrupted = step is Step.PickGoods or Step.AskCallCentre ? order.Interrupted : null;
        if (interrupted is not null) (order.Interrupted, order.Limit, order.RenewHoldAt) = (null, interrupted.Limit, deadlines.RenewalOf(order, now));
        if (Steps.BeginsWithPause(order)) Pause(polling!.Value.Pause);
        else if (step is not (Step.PayPartsBack or Step.Completed or Step.Cancelled)) Ask();
        if (step == Step.PickGoods) order.PickingIsNews = false;
        if (interrupted is not null && step == Step.AskCallCentre)
            (order.Attempt, order.Deadline) = (interrupted.Attempt, interrupted.Deadline > now ? interrupted.Deadline : now);
        if (task is not null) TellTaskEnded(why);
    }

    /// <summary>The last fact has nobody to act next.</summary>
    void End()
    {
        if (order.Step == Step.Completed)
        {
            _facts.Add(new OrderCompleted(order.OrderId, new Standing(++order.Sequence, now), order.PointsEarned ?? 0m));
        }
        else if (order.Step == Step.Cancelled)
        {
            _facts.Add(new OrderCancelled(order.OrderId, new Standing(++order.Sequence, now), order.Ending!));
            _commands.Add(Letters.Cancelled(order));
        }
    }

    void Ask()
    {
        if (!order.Awaiting)
        {
            order.Awaiting = true;
            foreach (var model in order.Models.Where(model => model.State != JobState.Ended)) model.Asked = true;
        }
        _commands.AddRange(Steps.Questions(order));
        order.Deadline = now + deadlines.PatienceWith(order.Step);
    }

    void AskAgain()
    {
        order.Attempt++;
        Ask();
        Tell(standing => new OrderDelayed(order.OrderId, standing, Words.System(order.Step), order.Attempt));
    }

    /// <summary>"Still running" is an answer: asks again after a pause, until the limit of the whole wait.</summary>
    void Pause(TimeSpan pause)
    {
        // The person whose task it is looks after an overdue step; the next question comes with the task's deadline.
        if (order.Attention?.Cause == AttentionCause.Overdue) return;

        if (order.Attention is not null)
        {
            order.Attention = null;
            TellTaskEnded($"{Words.System(order.Step)} answered");
        }
        var (next, limit) = (now + pause, order.Limit!.Value);
        order.Deadline = next < limit ? next : limit < now ? now : limit;
    }

    void Continue()
    {
        if (now >= order.Limit)
        {
            Open(AttentionCause.Overdue, Words.Overdue(order));
            return;
        }
        order.Attempt = 1;
        Ask();
    }

    void Open(AttentionCause cause, string what)
    {
        order.Attention = new Attention(order.Attention?.Queue ?? Words.SupportDesk, cause, what);
        order.Deadline = now + deadlines.Task;
        TellTask(order.Attention);
    }

    void HandOver(Attention task)
    {
        order.Attention = task with { Queue = Words.SupportLead };
        Ask();
        order.Deadline = now + deadlines.Task;
        TellTask(order.Attention);
    }

    void TellTask(Attention task) => Tell(standing => new OrderNeedsAttention(order.OrderId, standing, task.Queue, Words.Task(order, task)));

    /// <summary>An order is shown with one task at a time, its own before that of a refund.</summary>
    void TellTaskEnded(string how)
    {
        Tell(standing => new OrderAttentionEnded(order.OrderId, standing, how));
        if (order.Refunds?.Attention is { } other) Tell(standing => new OrderNeedsAttention(order.OrderId, standing, other.Queue, Words.RefundTask(order.Refunds)));
    }

    // Within a long wait the hub asks every now and then, which is nothing to be told: what counts for people is the limit.
    Standing Standing()
    {
        if (order.Refunds is { Open.Count: > 0 } refunds && (order.IsClosed || order.Step == Step.PayPartsBack || (order.Attention is null && refunds.Attention is not null)))
            return new(++order.Sequence, now, refunds.Attention?.Queue ?? Words.Payments, Words.RefundStanding(refunds), refunds.Deadline);
        if (order.IsClosed) return new(++order.Sequence, now);

        var (owner, waiting) = Words.Standing(order);
        var deadline = order.Attention is null && order.Limit > now ? order.Limit.Value : order.Deadline;
        return new(++order.Sequence, now, owner, waiting, deadline);
    }
}

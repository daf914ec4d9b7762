using System.Text.Json.Serialization;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Transitions;
using NServiceBus;

namespace Dovetail.Sagas.Tasks;

/// <summary>A question to people: open until somebody claims it, claimed until its answer; or closed, or unanswered.</summary>
/// <remarks>
/// OpenTask → TaskOpened; ClaimTask → TaskClaimed for who comes first; AnswerTask → TaskEnded and the reply TaskAnswered. In silence: TaskReminded, TaskEscalated,
/// then TaskEnded and the reply TaskUnanswered. What can't be done is told by TaskRefused and changes nothing.
/// A call goes the same way: OpenCall → CallOpened; ReportCall, or silence → TaskEnded and the reply CallEnded.
/// </remarks>
sealed partial class HumanTask(TaskDeadlines deadlines, TimeProvider time) : Saga<HumanTaskState>,
    IAmStartedByMessages<OpenTask>, IHandleMessages<ClaimTask>, IHandleMessages<ReleaseTask>, IHandleMessages<AnswerTask>,
    IAmStartedByMessages<CloseTask>, IHandleTimeouts<HumanTask.Alarm>
{
    public const string SupportLead = "support lead";

    public static StepMap<TaskStep> Steps { get; } = new StepMap<TaskStep>()
        .From(TaskStep.NotOpened, "OpenTask, OpenCall", TaskStep.Open)
        .From(TaskStep.NotOpened, "CloseTask overtakes OpenTask or OpenCall", TaskStep.Closed)
        .From(TaskStep.Open, "ClaimTask", TaskStep.Claimed)
        .From(TaskStep.Open, "AnswerTask, ReportCall", TaskStep.Answered)
        .From(TaskStep.Open, "CloseTask", TaskStep.Closed)
        .From(TaskStep.Open, "the limit passes", TaskStep.Unanswered)
        .From(TaskStep.Claimed, "ReleaseTask, or escalation to the support lead", TaskStep.Open)
        .From(TaskStep.Claimed, "AnswerTask, ReportCall of the claimant", TaskStep.Answered)
        .From(TaskStep.Claimed, "CloseTask", TaskStep.Closed)
        .From(TaskStep.Claimed, "the limit passes", TaskStep.Unanswered);

    public async Task Handle(OpenTask task, IMessageHandlerContext context)
    {
        if (!await IsNew(context)) return;
        (Data.Task, Data.OrderId, Data.Queue, Data.OpenedAt) = (AskedTask.Of(task), task.OrderId, task.Queue, time.GetUtcNow());
        Enter(TaskStep.Open);
        await Tell(context, standing => new TaskOpened(
            task.TaskId, task.OrderId, standing, task.Kind, task.Question, task.Lines, task.Missing, task.AgreedTotal, Data.OpenedAt + deadlines.Limit));
    }

    public Task Handle(ClaimTask claim, IMessageHandlerContext context)
    {
        if (Data.Step == TaskStep.Claimed && Data.Claimant == claim.By) return Task.CompletedTask;
        if (Data.Step != TaskStep.Open) return Refuse(context, claim.By, Taken());
        Data.Claimant = claim.By;
        Enter(TaskStep.Claimed);
        return Tell(context, standing => new TaskClaimed(Data.TaskId, Data.OrderId, standing, claim.By));
    }

    public Task Handle(ReleaseTask release, IMessageHandlerContext context)
    {
        if (Data.Step != TaskStep.Claimed) return Task.CompletedTask;
        if (Data.Claimant != release.By) return Refuse(context, release.By, Taken());
        Enter(TaskStep.Open);
        return Tell(context, standing => new TaskReleased(Data.TaskId, Data.OrderId, standing, release.By));
    }

    public async Task Handle(AnswerTask answer, IMessageHandlerContext context)
    {
        // The same answer once more, after it was taken. Another one of the same person was not.
        if (Data is { Step: TaskStep.Answered, Answer: { } taken } && TaskAnswers.IsSame(taken, answer)) return;

        var fault = !MayAnswer(answer.By) ? Taken() : Data.Task is { } task ? TaskAnswers.Fault(task, answer) : "the task is a call: say whether the customer was reached";
        if (fault is not null)
        {
            await Refuse(context, answer.By, fault, answer.AnswerId);
            return;
        }
        var how = TaskAnswers.Words(Data.Task!, answer);
        Data.Answer = new(Data.TaskId, Data.OrderId, answer.By, answer.Lines, answer.AgreedTotal, answer.CancelReason);
        await End(context, TaskStep.Answered, TaskOutcome.Answered, how, answer.By, answer.AnswerId);
    }

    public async Task Handle(CloseTask close, IMessageHandlerContext context)
    {
        if (Data.HasEnded) return;
        if (Data.Step != TaskStep.NotOpened)
        {
            await End(context, TaskStep.Closed, TaskOutcome.Closed, close.Reason);
            return;
        }

        // It overtook the question, which will find that nobody needs an answer any more.
        Enter(TaskStep.Closed);
        await SetAlarm(context);
    }

    public Task Timeout(Alarm alarm, IMessageHandlerContext context)
    {
        if (alarm.At == Data.AlarmAt) Data.AlarmAt = null;
        var now = time.GetUtcNow();
        if (now < Data.Deadline) return SetAlarm(context);
        if (Data.HasEnded)
        {
            MarkAsComplete();
            return Task.CompletedTask;
        }
        if (now >= Data.OpenedAt + deadlines.Limit) return End(context, TaskStep.Unanswered, TaskOutcome.Unanswered, Data.Call is null ? "nobody decided in time" : "nobody called in time");
        if (now >= Data.OpenedAt + deadlines.Escalate) return Escalate(context);
        Data.Reminded = true;
        return Tell(context, standing => new TaskReminded(Data.TaskId, Data.OrderId, standing));
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<HumanTaskState> mapper) => mapper.MapSaga(task => task.TaskId)
        .ToMessage<OpenTask>(message => message.TaskId)
        .ToMessage<OpenCall>(message => message.TaskId)
        .ToMessage<ReportCall>(message => message.TaskId)
        .ToMessage<ClaimTask>(message => message.TaskId)
        .ToMessage<ReleaseTask>(message => message.TaskId)
        .ToMessage<AnswerTask>(message => message.TaskId)
        .ToMessage<CloseTask>(message => message.TaskId);

    Task Escalate(IMessageHandlerContext context)
    {
        (Data.Reminded, Data.Escalated, Data.Queue) = (true, true, SupportLead);
        if (Data.Step == TaskStep.Claimed) Enter(TaskStep.Open);
        return Tell(context, standing => new TaskEscalated(Data.TaskId, Data.OrderId, standing));
    }

    /// <summary>Whoever asks again has lost the answer.</summary>
    async Task<bool> IsNew(IMessageHandlerContext context)
    {
        if (Data.HasEnded && Reply() is { } reply) await context.Reply(reply);
        return Data.Step == TaskStep.NotOpened;
    }

    async Task End(IMessageHandlerContext context, TaskStep step, TaskOutcome outcome, string how, string? by = null, string? answerId = null)
    {
        if (step == TaskStep.Unanswered && Data.Call is { } call) Data.Called = new(Data.TaskId, Data.OrderId, call.NotificationId, CallResult.NotMade);
        Enter(step);
        await Tell(context, standing => new TaskEnded(Data.TaskId, Data.OrderId, standing, outcome, how, by, answerId));
        if (Reply() is { } reply) await ReplyToOriginator(context, reply);
    }

    object? Reply() => Data switch
    {
        { Called: { } called } => called,
        { Step: TaskStep.Answered } => Data.Answer,
        { Step: TaskStep.Unanswered } => new TaskUnanswered(Data.TaskId, Data.OrderId),
        _ => null,
    };

    bool MayAnswer(string by) => Data.Step == TaskStep.Open || (Data.Step == TaskStep.Claimed && Data.Claimant == by);

    /// <summary>Why nobody but the claimant can do anything with the task.</summary>
    string Taken() => Data.Step switch
    {
        TaskStep.Claimed => $"{Data.Claimant} has the task: ask them to give it back, or take another",
        TaskStep.Answered when Data.Called is { } called => $"{called.By} has called already: look at the order for what became of it",
        TaskStep.Answered => $"{Data.Answer!.By} has decided already: look at the order for what became of it",
        TaskStep.Unanswered when Data.Called is not null => "nobody called in time, and nobody needs to any more: look at the order",
        TaskStep.Unanswered => "nobody decided in time, so the hub did: look at the order for what became of it",
        _ => "the decision is no longer needed: look at the order for what became of it",
    };

    void Enter(TaskStep step)
    {
        Steps.Check(Data.Step, step, $"Task {Data.TaskId}");
        Data.Step = step;
        if (step != TaskStep.Claimed) Data.Claimant = null;
        if (Data.HasEnded) (Data.Task, Data.Call, Data.EndedAt) = (null, null, time.GetUtcNow());
    }

    Task Refuse(IMessageHandlerContext context, string by, string why, string? answerId = null) =>
        Tell(context, standing => new TaskRefused(Data.TaskId, Data.OrderId, standing, by, why, answerId));

    async Task Tell(IMessageHandlerContext context, Func<TaskStanding, object> fact)
    {
        await SetAlarm(context);
        var state = Data switch { { HasEnded: true } => TaskState.Ended, { Step: TaskStep.Claimed } => TaskState.Claimed, _ => TaskState.Open };
        await context.Publish(fact(new(++Data.Sequence, time.GetUtcNow(), state, Data.Queue, Data.Claimant, Data.HasEnded ? null : Data.Deadline)));
    }

    async Task SetAlarm(IMessageHandlerContext context)
    {
        Data.Deadline = Data switch
        {
            { HasEnded: true } => Data.EndedAt + deadlines.Memory,
            { Reminded: false } => Data.OpenedAt + deadlines.Remind,
            { Escalated: false } => Data.OpenedAt + deadlines.Escalate,
            _ => Data.OpenedAt + deadlines.Limit,
        };

        // One that rings no later is as good: it sets the next one.
        if (Data.AlarmAt > time.GetUtcNow() && Data.AlarmAt <= Data.Deadline) return;
        Data.AlarmAt = Data.Deadline;
        await RequestTimeout(context, Data.Deadline, new Alarm(Data.Deadline));
    }

    /// <summary>The task's one alarm clock, set to its next deadline.</summary>
    internal sealed record Alarm(DateTimeOffset At);
}

/// <summary>All that is remembered of a task.</summary>
sealed class HumanTaskState : ContainSagaData
{
    public string TaskId { get; set; } = "";

    public string OrderId { get; set; } = "";

    /// <summary>As it was asked; null for a call, and once it has ended.</summary>
    public AskedTask? Task { get; set; }

    /// <summary>Whom to call; null for other tasks, and once it has ended, as it is personal data.</summary>
    public AskedCall? Call { get; set; }

    public TaskStep Step { get; set; }

    public string Queue { get; set; } = "";

    public string? Claimant { get; set; }

    /// <summary>Kept after the end, for who asks again.</summary>
    public TaskAnswered? Answer { get; set; }

    /// <summary>How the call ended; kept like the answer.</summary>
    public CallEnded? Called { get; set; }

    /// <summary>How many facts have been published.</summary>
    public int Sequence { get; set; }

    public DateTimeOffset OpenedAt { get; set; }

    public DateTimeOffset EndedAt { get; set; }

    public bool Reminded { get; set; }

    public bool Escalated { get; set; }

    /// <summary>When the saga acts if nobody has.</summary>
    public DateTimeOffset Deadline { get; set; }

    /// <summary>When the alarm rings that was set last.</summary>
    public DateTimeOffset? AlarmAt { get; set; }
}

/// <summary>What follows from the state of a task.</summary>
static class HumanTaskStateReading
{
    extension(HumanTaskState task)
    {
        public bool HasEnded => task.Step is TaskStep.Answered or TaskStep.Closed or TaskStep.Unanswered;
    }
}

/// <summary>Where a task is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskStep>))]
enum TaskStep
{
    NotOpened,
    Open,
    Claimed,
    Answered,
    Closed,
    Unanswered,
}

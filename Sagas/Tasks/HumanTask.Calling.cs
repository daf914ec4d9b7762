using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using NServiceBus;

namespace Dovetail.Sagas.Tasks;

/// <remarks>What is asked is to call a customer; the answer is whether the customer was reached.</remarks>
sealed partial class HumanTask : IAmStartedByMessages<OpenCall>, IHandleMessages<ReportCall>
{
    public async Task Handle(OpenCall call, IMessageHandlerContext context)
    {
        if (!await IsNew(context)) return;
        (Data.Call, Data.OrderId, Data.Queue, Data.OpenedAt) = (AskedCall.Of(call), call.OrderId, call.Queue, time.GetUtcNow());
        Enter(TaskStep.Open);
        await Tell(context, standing => new CallOpened(call.TaskId, call.OrderId, standing, call.Question, call.Contact, Data.OpenedAt + deadlines.Limit));
    }

    public Task Handle(ReportCall report, IMessageHandlerContext context)
    {
        var result = report.Reached ? CallResult.Reached : CallResult.NotReached;
        if (Data is { Step: TaskStep.Answered, Called: { } taken } && (taken.By, taken.Result) == (report.By, result)) return Task.CompletedTask;

        var fault = !MayAnswer(report.By) ? Taken() : Data.Call is null ? "the task is no call: decide what is asked" : null;
        if (fault is not null) return Refuse(context, report.By, fault, report.AnswerId);
        Data.Called = new(Data.TaskId, Data.OrderId, Data.Call!.NotificationId, result, report.By);
        return End(
            context, TaskStep.Answered, TaskOutcome.Answered, report.Reached ? $"{report.By} reached the customer" : $"{report.By} could not reach the customer", report.By, report.AnswerId);
    }
}

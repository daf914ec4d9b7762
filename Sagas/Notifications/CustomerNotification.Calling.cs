using Dovetail.Contracts.Notifications.Events;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Sagas.Notifications;

/// <remarks>No channel leads to the customer: the call centre has a task, whose answer is whether the customer was reached.</remarks>
sealed partial class CustomerNotification : IHandleMessages<CallEnded>
{
    const string CallCentre = "call centre";

    string CallId => $"{Data.NotificationId}/call";

    public Task Handle(CallEnded call, IMessageHandlerContext context) => (Data.Step, call.Result) switch
    {
        (not NotificationStep.Call, _) => Task.CompletedTask,
        (_, CallResult.Reached) => CallIsOver(isTold: true, $"{call.By} reached the customer by telephone", context),
        (_, CallResult.NotReached) => CallIsOver(isTold: false, $"{call.By} could not reach the customer by telephone either", context),
        _ => CallIsOver(isTold: false, "nobody called in time", context),
    };

    Task Call(string why, IMessageHandlerContext context)
    {
        Enter(NotificationStep.Call);
        Data.WhyCall = why;
        return AskPeople(context);
    }

    /// <summary>The task answers by itself at its limit. Where even that is not heard of, it is asked for again, which is the same task.</summary>
    async Task AskPeople(IMessageHandlerContext context)
    {
        var (asked, customer) = (Data.Notification, Data.Notification.Customer);
        await context.Send(new OpenCall(CallId, asked.OrderId, asked.NotificationId, CallCentre, News.ToTell(asked, Data.WhyCall), new(customer.Name, customer.Phone, customer.Email)));
        await SetAlarm(time.GetUtcNow() + tasks.Limit + deadlines.Patience, context);
    }

    /// <summary>What was sent long ago may be told of when people have been asked to call already.</summary>
    async Task Arrived(Channel channel, IMessageHandlerContext context)
    {
        if (Data.Step != NotificationStep.Call)
        {
            await End(NotificationStep.Told);
            return;
        }
        var how = $"it arrived by {Manners.Name(channel)} after all";
        await context.Send(new CloseTask(CallId, how));
        await CallIsOver(isTold: true, how, context);
    }

    async Task CallIsOver(bool isTold, string how, IMessageHandlerContext context)
    {
        var asked = Data.Notification;
        await context.Publish(new CustomerCallEnded(asked.OrderId, asked.NotificationId, asked.Kind, time.GetUtcNow(), isTold, how));
        if (!isTold) RemainsUntold(asked.NotificationId, asked.OrderId, how);
        await End(isTold ? NotificationStep.Told : NotificationStep.NotReached);
    }

    [LoggerMessage(LogLevel.Error, "The customer of order {OrderId} was not told {NotificationId}: {How}. Nobody tries any more.")]
    partial void RemainsUntold(string notificationId, string orderId, string how);
}

using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Events;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Tasks;
using Dovetail.Sagas.Transitions;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Sagas.Notifications;

/// <summary>From something that the customer should know to the customer who knows it, or to an order whose journey says that nobody could be reached.</summary>
/// <remarks>
/// Look up how the customer wishes to be told → wait for the end of quiet hours, unless it is urgent → try one channel → a no, or silence: the next one → ask people to call.
/// Who looks it up has the letter at hand: most customers want nothing else, and have it at once.
/// Once each: what was sent under a notification's id is written down in Notifications, whichever channel it went by.
/// Whether and how somebody may be told is in <see cref="Manners"/>.
/// </remarks>
sealed partial class CustomerNotification(NotificationDeadlines deadlines, TaskDeadlines tasks, TimeProvider time, ILogger<CustomerNotification> logger) : Saga<NotificationState>,
    IAmStartedByMessages<NotifyCustomer>, IHandleMessages<PreferencesFound>,
    IHandleMessages<LetterSent>, IHandleMessages<LetterRefused>,
    IHandleMessages<TelegramSent>, IHandleMessages<TelegramRefused>, IHandleMessages<TelegramPostponed>,
    IHandleMessages<NotificationOvertaken>, IHandleTimeouts<CustomerNotification.Alarm>
{
    public static StepMap<NotificationStep> Steps { get; } = new StepMap<NotificationStep>()
        .From(NotificationStep.NotBegun, "NotifyCustomer", NotificationStep.LookUp)
        .From(NotificationStep.LookUp, "PreferencesFound", NotificationStep.Send)
        .From(NotificationStep.LookUp, "quiet hours, and it is not urgent", NotificationStep.Wait)
        .From(NotificationStep.LookUp, "an offer to who has not agreed", NotificationStep.Withheld)
        .From(NotificationStep.LookUp, "LetterSent: it was the only way", NotificationStep.Told)
        .From(NotificationStep.LookUp, "NotificationOvertaken", NotificationStep.Withheld)
        .From(NotificationStep.LookUp, "LetterRefused, or the limit passes", NotificationStep.Call)
        .From(NotificationStep.LookUp, "the limit of an offer passes", NotificationStep.NotReached)
        .From(NotificationStep.Wait, "the quiet hours end", NotificationStep.LookUp)
        .From(NotificationStep.Wait, "a late answer says that it was sent before", NotificationStep.Told)
        .From(NotificationStep.Send, "a no, or silence, leads to the next channel", NotificationStep.Send)
        .From(NotificationStep.Send, "LetterSent, TelegramSent", NotificationStep.Told)
        .From(NotificationStep.Send, "NotificationOvertaken", NotificationStep.Withheld)
        .From(NotificationStep.Send, "no channel is left, or the limit passes", NotificationStep.Call)
        .From(NotificationStep.Send, "an offer has no channel left, or its limit passes", NotificationStep.NotReached)
        .From(NotificationStep.Call, "CallEnded: the customer was reached", NotificationStep.Told)
        .From(NotificationStep.Call, "a late answer says that it was sent after all", NotificationStep.Told)
        .From(NotificationStep.Call, "CallEnded: the customer was not reached, or nobody called", NotificationStep.NotReached);

    public Task Handle(NotifyCustomer notification, IMessageHandlerContext context)
    {
        if (Data.Step != NotificationStep.NotBegun) return Task.CompletedTask;
        Data.Begin(notification);
        Data.Limit = time.GetUtcNow() + deadlines.InAll;
        return LookUp(context);
    }

    public Task Handle(PreferencesFound customer, IMessageHandlerContext context)
    {
        if (Data.Step != NotificationStep.LookUp) return Task.CompletedTask;
        var kind = Data.Notification.Kind;
        if (!Manners.MayTell(kind, customer)) return End(NotificationStep.Withheld);
        if (Manners.MustWait(kind, customer, time.GetUtcNow())) return WaitUntil(customer.QuietUntil!.Value, context);
        (Data.Language, Data.Left) = (customer.Language, Manners.Channels(kind, customer));
        return TryNext(context);
    }

    public Task Handle(LetterSent sent, IMessageHandlerContext context) => Arrived(Channel.Letter, context);

    public Task Handle(LetterRefused refused, IMessageHandlerContext context) => Refused(Channel.Letter, refused.Reason, context);

    public Task Handle(TelegramSent sent, IMessageHandlerContext context)
    {
        // Twice in two channels is better than never, but not for an offer.
        if (sent.IsCertain || Manners.IsMarketing(Data.Notification.Kind)) return Arrived(Channel.Telegram, context);
        return Refused(Channel.Telegram, "the line broke off, so nobody knows whether it arrived", context);
    }

    public Task Handle(TelegramRefused refused, IMessageHandlerContext context) => Refused(Channel.Telegram, refused.Reason, context);

    public Task Handle(TelegramPostponed postponed, IMessageHandlerContext context)
    {
        if (!IsTrying(Channel.Telegram)) return Task.CompletedTask;
        if (Data.Left.Count > 0 && postponed.Until > time.GetUtcNow() + deadlines.Patience)
            return Refused(Channel.Telegram, $"it takes nothing before {postponed.Until:u}", context);
        Data.IsPostponed = true;
        return SetAlarm(postponed.Until, context);
    }

    public Task Handle(NotificationOvertaken overtaken, IMessageHandlerContext context) =>
        Data.Step is NotificationStep.Send or NotificationStep.LookUp ? End(NotificationStep.Withheld) : Task.CompletedTask;

    public Task Timeout(Alarm alarm, IMessageHandlerContext context)
    {
        if (alarm.At == Data.AlarmAt) Data.AlarmAt = null;
        var now = time.GetUtcNow();
        if (now < Data.Deadline) return SetAlarm(Data.Deadline, context);
        if (Data.Step == NotificationStep.Call) return AskPeople(context);
        if (Data.Step == NotificationStep.Wait)
        {
            Data.Limit = now + deadlines.InAll;
            return LookUp(context);
        }
        if (now >= Data.Limit) return GiveUp(context, Data.Step == NotificationStep.LookUp ? "nobody could say how, and no letter went out" : $"{Manners.Name(Data.Channel)}: not ready in time");
        return Data switch
        {
            { IsPostponed: true } => Ask(context),
            { Step: NotificationStep.Send, Left.Count: > 0 } when Data.Attempt >= deadlines.Askings => TryNext(context),
            _ => AskAgain(context),
        };
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<NotificationState> mapper) => mapper.MapSaga(saga => saga.NotificationId)
        .ToMessage<NotifyCustomer>(message => message.NotificationId)
        .ToMessage<PreferencesFound>(message => message.NotificationId)
        .ToMessage<LetterSent>(message => message.NotificationId)
        .ToMessage<LetterRefused>(message => message.NotificationId)
        .ToMessage<TelegramSent>(message => message.NotificationId)
        .ToMessage<TelegramRefused>(message => message.NotificationId)
        .ToMessage<TelegramPostponed>(message => message.NotificationId)
        .ToMessage<NotificationOvertaken>(message => message.NotificationId)
        .ToMessage<CallEnded>(message => message.NotificationId);

    /// <summary>Who looks up how may have tried the letter already.</summary>
    bool IsTrying(Channel channel) => Data.Step is NotificationStep.Send or NotificationStep.LookUp && Data.Channel == channel;

    Task LookUp(IMessageHandlerContext context)
    {
        Enter(NotificationStep.LookUp);
        return Ask(context);
    }

    /// <summary>Preferences are looked up anew when the time has come: much can change in a night.</summary>
    Task WaitUntil(DateTimeOffset morning, IMessageHandlerContext context)
    {
        Enter(NotificationStep.Wait);
        return SetAlarm(morning, context);
    }

    Task TryNext(IMessageHandlerContext context)
    {
        Enter(NotificationStep.Send);
        Data.Channel = Data.Left[0];
        Data.Left.RemoveAt(0);
        return Ask(context);
    }

    Task Refused(Channel channel, string reason, IMessageHandlerContext context)
    {
        if (!IsTrying(channel)) return Task.CompletedTask;
        Data.Refusals.Add($"{Manners.Name(channel)}: {reason.Trim().TrimEnd('.')}");
        return Data.Left.Count > 0 ? TryNext(context) : GiveUp(context);
    }

    Task AskAgain(IMessageHandlerContext context)
    {
        Data.Attempt++;
        return Ask(context);
    }

    async Task Ask(IMessageHandlerContext context)
    {
        Data.IsPostponed = false;
        await context.Send(Question());
        var next = time.GetUtcNow() + deadlines.PatienceWith(Data.Attempt);
        await SetAlarm(next < Data.Limit ? next : Data.Limit, context);
    }

    object Question()
    {
        var (asked, customer) = (Data.Notification, Data.Notification.Customer);
        var letter = new SendLetter(asked.NotificationId, asked.OrderId, asked.Kind, customer.Name, customer.Email, Data.Language, asked.TrackingId, asked.Details);
        return (Data.Step, Data.Channel) switch
        {
            (NotificationStep.LookUp, _) => new LookUpPreferences(asked.NotificationId, asked.Client, customer.CustomerId, Manners.IsMarketing(asked.Kind) ? null : letter),
            (_, Channel.Letter) => letter,
            _ => new SendTelegram(
                asked.NotificationId, asked.OrderId, asked.Kind, asked.Client, customer.CustomerId, customer.Name, Data.Language, asked.TrackingId, asked.Details),
        };
    }

    async Task GiveUp(IMessageHandlerContext context, params string[] why)
    {
        var (asked, now, reasons) = (Data.Notification, time.GetUtcNow(), string.Join("; ", [.. Data.Refusals, .. why]));
        var calls = Manners.MayCall(asked.Kind);
        await context.Publish(new CustomerNotReached(asked.OrderId, asked.NotificationId, asked.Kind, now, reasons, calls ? CallCentre : null, calls ? now + tasks.Limit : null));
        WasNotReached(asked.NotificationId, asked.OrderId, reasons);
        await (calls ? Call(reasons, context) : End(NotificationStep.NotReached));
    }

    void Enter(NotificationStep step)
    {
        Steps.Check(Data.Step, step, $"Notification {Data.NotificationId}");
        (Data.Step, Data.Attempt, Data.IsPostponed) = (step, 1, false);
    }

    Task End(NotificationStep end)
    {
        Enter(end);
        MarkAsComplete();
        return Task.CompletedTask;
    }

    /// <summary>One that rings no later is as good. One that should have rung is not counted on: it may be lost in a queue.</summary>
    async Task SetAlarm(DateTimeOffset deadline, IMessageHandlerContext context)
    {
        Data.Deadline = deadline;
        if (Data.AlarmAt > time.GetUtcNow() && Data.AlarmAt <= deadline) return;
        Data.AlarmAt = deadline;
        await RequestTimeout(context, deadline, new Alarm(deadline));
    }

    /// <summary>The notification's one alarm clock, set to its next deadline.</summary>
    internal sealed record Alarm(DateTimeOffset At);

    [LoggerMessage(LogLevel.Warning, "The customer of order {OrderId} could not be told {NotificationId} by any channel ({Reasons}).")]
    partial void WasNotReached(string notificationId, string orderId, string reasons);
}

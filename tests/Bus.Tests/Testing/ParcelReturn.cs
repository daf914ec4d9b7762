using NServiceBus;

namespace Dovetail.Bus.Tests.Testing;

sealed record AnnounceReturn(string ReturnId);

sealed record PrintLabel(string ReturnId, string Format);

sealed record LabelPrinted(string TrackingNumber);

sealed record CheckPickup(string TrackingNumber);

sealed record RemindCustomer(string ReturnId);

sealed record ParcelArrived(string ReturnId);

sealed record ReturnClosed(string ReturnId, string Outcome, DateTimeOffset At);

/// <summary>A customer sends something back: from the label to the refund, or to the end of the customer's patience.</summary>
sealed class ParcelReturn(TimeProvider time) : Saga<ParcelReturn.State>,
    IAmStartedByMessages<AnnounceReturn>, IHandleMessages<LabelPrinted>, IHandleMessages<ParcelArrived>,
    IHandleTimeouts<ParcelReturn.WeekPassed>, IHandleTimeouts<ParcelReturn.TimeIsUp>
{
    public async Task Handle(AnnounceReturn announced, IMessageHandlerContext context)
    {
        await context.Send(new PrintLabel(Data.ReturnId, "A6"));
        await RequestTimeout(context, TimeSpan.FromDays(14), new TimeIsUp());
        await RequestTimeout(context, TimeSpan.FromDays(7), new WeekPassed());
    }

    public Task Handle(LabelPrinted label, IMessageHandlerContext context)
    {
        Data.TrackingNumber = label.TrackingNumber;
        return Task.CompletedTask;
    }

    public Task Handle(ParcelArrived arrived, IMessageHandlerContext context) => Close("refunded", context);

    public Task Timeout(WeekPassed state, IMessageHandlerContext context) => context.Send(new RemindCustomer(Data.ReturnId));

    public Task Timeout(TimeIsUp state, IMessageHandlerContext context) => Close("nothing came", context);

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.ReturnId)
        .ToMessage<AnnounceReturn>(message => message.ReturnId).ToMessage<ParcelArrived>(message => message.ReturnId);

    Task Close(string outcome, IMessageHandlerContext context)
    {
        MarkAsComplete();
        return context.Publish(new ReturnClosed(Data.ReturnId, outcome, time.GetUtcNow()));
    }

    internal sealed record WeekPassed;

    internal sealed record TimeIsUp;

    internal sealed class State : ContainSagaData
    {
        public string ReturnId { get; set; } = "";

        public string? TrackingNumber { get; set; }
    }
}

sealed class PrintLabelHandler : IHandleMessages<PrintLabel>
{
    public async Task Handle(PrintLabel command, IMessageHandlerContext context)
    {
        var label = new LabelPrinted($"RU-{command.ReturnId}");
        var inTwoDays = new SendOptions();
        inTwoDays.RouteToThisEndpoint();
        inTwoDays.DelayDeliveryWith(TimeSpan.FromDays(2));
        await context.Send(new CheckPickup(label.TrackingNumber), inTwoDays);
        await context.Reply(label);
    }
}

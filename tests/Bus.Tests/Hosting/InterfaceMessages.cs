using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Contracts that are interfaces only. They are public, as those of real endpoints have to be.</summary>
public interface IParcelEvent
{
    string Parcel { get; set; }
}

public interface IParcelSentEvent : IParcelEvent
{
    DateTimeOffset At { get; set; }

    IReadOnlyList<string> Stations { get; init; }
}

public interface IBilledEvent
{
    decimal Amount { get; }
}

public interface IWeighCommand
{
    string Parcel { get; set; }
}

public interface IWeightMessage
{
    string Parcel { get; set; }

    int Grams { get; set; }
}

public sealed record SentAndBilledEvent(string Parcel, decimal Amount) : IParcelEvent, IBilledEvent
{
    public string Parcel { get; set; } = Parcel;
}

sealed record Heard(string By, string What);

sealed class ParcelHandler(Notes notes) : IHandleMessages<IParcelEvent>
{
    public Task Handle(IParcelEvent message, IMessageHandlerContext context)
    {
        notes.Write(new Heard("parcel", message.Parcel));
        return Task.CompletedTask;
    }
}

sealed class ParcelSentHandler(Notes notes) : IHandleMessages<IParcelSentEvent>
{
    public Task Handle(IParcelSentEvent message, IMessageHandlerContext context)
    {
        notes.Write(context.MessageHeaders);
        notes.Write(message);
        return Task.CompletedTask;
    }
}

sealed class BilledHandler(Notes notes) : IHandleMessages<IBilledEvent>
{
    public Task Handle(IBilledEvent message, IMessageHandlerContext context)
    {
        notes.Write(new Heard("billed", message.Amount.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return Task.CompletedTask;
    }
}

sealed class WeighHandler : IHandleMessages<IWeighCommand>
{
    public Task Handle(IWeighCommand message, IMessageHandlerContext context) => context.Reply<IWeightMessage>(weight =>
    {
        weight.Parcel = message.Parcel;
        weight.Grams = 250;
    });
}

sealed class WeightHandler(Notes notes) : IHandleMessages<IWeightMessage>
{
    public Task Handle(IWeightMessage message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return Task.CompletedTask;
    }
}

/// <summary>Passes on what it hears, from within a handler.</summary>
sealed class PassingOnHandler : IHandleMessages<AskCommand>
{
    public async Task Handle(AskCommand message, IMessageHandlerContext context)
    {
        await context.Publish<IParcelEvent>(parcel => parcel.Parcel = message.Text);
        await context.Send<IWeighCommand>(weigh => weigh.Parcel = message.Text);
        await context.SendLocal<IWeightMessage>(weight => weight.Parcel = "here");
        await context.Send<IWeightMessage>("Sales", weight => weight.Parcel = "there");
    }
}

sealed class CatchAllHandler(Notes notes) : IHandleMessages<object>
{
    public Task Handle(object message, IMessageHandlerContext context)
    {
        notes.Write(new Heard("all", message is IParcelEvent parcel ? parcel.Parcel : message.ToString()!));
        return Task.CompletedTask;
    }
}

/// <summary>Follows parcels by interface messages; the mapping is given for the base interface alone.</summary>
sealed class ParcelWatch(Notes notes) : Saga<ParcelWatch.State>, IAmStartedByMessages<IParcelSentEvent>, IHandleMessages<IWeightMessage>
{
    public Task Handle(IParcelSentEvent message, IMessageHandlerContext context) => context.SendLocal<IWeightMessage>(weight =>
    {
        weight.Parcel = message.Parcel;
        weight.Grams = 40;
    });

    public Task Handle(IWeightMessage message, IMessageHandlerContext context)
    {
        notes.Write(new Heard("watch", $"{Data.Parcel} {message.Grams}"));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Parcel)
        .ToMessage<IParcelEvent>(message => message.Parcel)
        .ToMessage<IWeightMessage>(message => message.Parcel);

    internal sealed class State : ContainSagaData
    {
        public string Parcel { get; set; } = "";
    }
}

public interface IActingEvent
{
    void Act();
}

sealed class ActingHandler : IHandleMessages<IActingEvent>
{
    public Task Handle(IActingEvent message, IMessageHandlerContext context) => Task.CompletedTask;
}

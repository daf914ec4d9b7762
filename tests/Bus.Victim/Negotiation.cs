using NServiceBus;

namespace Dovetail.Bus.Victim;

/// <summary>Asks the floor, and ends when both the answer and its own alarm clock have come.</summary>
sealed class Negotiation(Effects effects) : Saga<Negotiation.State>,
    IAmStartedByMessages<NegotiateCommand>, IHandleMessages<AnswerMessage>, IHandleTimeouts<HurryMessage>
{
    public async Task Handle(NegotiateCommand message, IMessageHandlerContext context)
    {
        var by = Step(message, context);
        await RequestTimeout(context, TimeSpan.FromMilliseconds(100), new HurryMessage(message.Story, by));
        await context.Send(new AskCommand(message.Story, by));
    }

    public Task Handle(AnswerMessage message, IMessageHandlerContext context)
    {
        Data.Answered = true;
        return End(Step(message, context), context);
    }

    public Task Timeout(HurryMessage message, IMessageHandlerContext context)
    {
        Data.Hurried = true;
        return End(Step(message, context), context);
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Story).ToMessage<NegotiateCommand>(message => message.Story);

    string Step(ISent message, IMessageHandlerContext context)
    {
        Data.Steps++;
        return effects.Note(SmallSystem.Desk, message, context, Data.Steps);
    }

    Task End(string by, IMessageHandlerContext context)
    {
        if (!Data.Answered || !Data.Hurried) return Task.CompletedTask;
        MarkAsComplete();
        return context.Publish(new NegotiatedEvent(Data.Story, by, Data.Steps));
    }

    internal sealed class State : ContainSagaData
    {
        public int Story { get; set; }

        public int Steps { get; set; }

        public bool Answered { get; set; }

        public bool Hurried { get; set; }
    }
}

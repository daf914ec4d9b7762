using NServiceBus;

namespace Dovetail.Bus.Victim;

sealed class CountHandler(Effects effects) : IHandleMessages<CountCommand>
{
    public Task Handle(CountCommand message, IMessageHandlerContext context)
    {
        effects.Note(SmallSystem.Floor, message, context);
        return Task.CompletedTask;
    }
}

sealed class RingHandler(Effects effects) : IHandleMessages<RingCommand>
{
    public Task Handle(RingCommand message, IMessageHandlerContext context)
    {
        effects.Note(SmallSystem.Floor, message, context);
        return Task.CompletedTask;
    }
}

sealed class AskHandler(Effects effects) : IHandleMessages<AskCommand>
{
    public Task Handle(AskCommand message, IMessageHandlerContext context) =>
        context.Reply(new AnswerMessage(message.Story, effects.Note(SmallSystem.Floor, message, context)));
}

sealed class StoryOpenedAtFloorHandler(Effects effects) : IHandleMessages<StoryOpenedEvent>
{
    public Task Handle(StoryOpenedEvent message, IMessageHandlerContext context)
    {
        effects.Note(SmallSystem.Floor, message, context);
        return Task.CompletedTask;
    }
}

sealed class NegotiatedHandler(Effects effects) : IHandleMessages<NegotiatedEvent>
{
    public Task Handle(NegotiatedEvent message, IMessageHandlerContext context)
    {
        effects.Note(SmallSystem.Floor, message, context, message.Steps);
        return Task.CompletedTask;
    }
}

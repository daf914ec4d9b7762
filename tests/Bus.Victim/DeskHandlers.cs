using System.Collections.Concurrent;
using NServiceBus;

namespace Dovetail.Bus.Victim;

sealed class OpenStoryHandler(Effects effects) : IHandleMessages<OpenStory>
{
    public async Task Handle(OpenStory message, IMessageHandlerContext context)
    {
        var (story, by) = (message.Story, effects.Note(SmallSystem.Desk, message, context));
        await context.Send(new CountCommand(story, by));
        await context.Publish(new StoryOpenedEvent(story, by));
        await context.SendLocal(new StumbleCommand(story, by));
        await context.SendLocal(new NegotiateCommand(story, by));

        var later = new SendOptions();
        later.RouteToThisEndpoint();
        later.DelayDeliveryWith(TimeSpan.FromMilliseconds(100));
        await context.Send(new LookAgainCommand(story, by), later);

        var atOnce = new SendOptions();
        atOnce.RequireImmediateDispatch();
        await context.Send(new RingCommand(story, by), atOnce);
    }
}

sealed class LookAgainHandler(Effects effects) : IHandleMessages<LookAgainCommand>
{
    public Task Handle(LookAgainCommand message, IMessageHandlerContext context)
    {
        effects.Note(SmallSystem.Desk, message, context);
        return Task.CompletedTask;
    }
}

sealed class StoryOpenedAtDeskHandler(Effects effects) : IHandleMessages<StoryOpenedEvent>
{
    public Task Handle(StoryOpenedEvent message, IMessageHandlerContext context)
    {
        effects.Note(SmallSystem.Desk, message, context);
        return Task.CompletedTask;
    }
}

/// <summary>Fails first: every other story at once, the rest until it was delayed.</summary>
sealed class StumbleHandler(Effects effects) : IHandleMessages<StumbleCommand>
{
    static readonly ConcurrentDictionary<string, bool> Stumbled = new();

    public async Task Handle(StumbleCommand message, IMessageHandlerContext context)
    {
        var by = effects.Note(SmallSystem.Desk, message, context);
        await context.Send(SmallSystem.Floor, new CountCommand(message.Story, by));
        var fails = message.Story % 2 == 0 ? Stumbled.TryAdd(context.MessageId, true) : !context.MessageHeaders.ContainsKey(Headers.DelayedRetries);
        if (fails) throw new InvalidOperationException($"Story {message.Story} stumbles, as it should. It goes on after a retry.");
    }
}

using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What a saga says of itself when it gets a message.</summary>
sealed record Met(string Saga, Guid Id, string Message, int Before);

/// <summary>Is found by a header, whatever the message holds.</summary>
abstract class FoundByHeader<TState>(Notes notes) : Saga<TState>, IAmStartedByMessages<BeginCommand>, IHandleMessages<AskCommand> where TState : FoundByHeader<TState>.State, new()
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context) => Meet("begin");

    public Task Handle(AskCommand message, IMessageHandlerContext context) => Meet("ask");

    Task Meet(string message)
    {
        notes.Write(new Met(GetType().Name, Data.Id, message, Data.Messages++));
        return Task.CompletedTask;
    }

    internal abstract class State : ContainSagaData
    {
        public int Messages { get; set; }
    }
}

sealed class FoundByText(Notes notes) : FoundByHeader<FoundByText.Named>(notes)
{
    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<Named> mapper) => mapper.MapSaga(state => state.Key).ToMessageHeader<BeginCommand>("text").ToMessageHeader<AskCommand>("text");

    internal sealed class Named : State
    {
        public string Key { get; set; } = "";
    }
}

sealed class FoundByGuid(Notes notes) : FoundByHeader<FoundByGuid.Identified>(notes)
{
    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<Identified> mapper) => mapper.MapSaga(state => state.Key).ToMessageHeader<BeginCommand>("guid").ToMessageHeader<AskCommand>("guid");

    internal sealed class Identified : State
    {
        public Guid Key { get; set; }
    }
}

sealed class FoundByNumber(Notes notes) : FoundByHeader<FoundByNumber.Numbered>(notes)
{
    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<Numbered> mapper) => mapper.MapSaga(state => state.Key).ToMessageHeader<BeginCommand>("number").ToMessageHeader<AskCommand>("number");

    internal sealed class Numbered : State
    {
        public int Key { get; set; }
    }
}

/// <summary>Begins with either of two messages, and ends with the third.</summary>
sealed class Meeting(Notes notes) : Saga<Meeting.State>, IAmStartedByMessages<BeginCommand>, IAmStartedByMessages<CountCommand>, IHandleMessages<EndCommand>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context) => Meet("begin");

    public Task Handle(CountCommand message, IMessageHandlerContext context) => Meet("count");

    public async Task Handle(EndCommand message, IMessageHandlerContext context)
    {
        await Meet("end");
        await ReplyToOriginator(context, new AnswerMessage("ended"));
        await context.Send("Elsewhere", new AnswerMessage("told"));
        MarkAsComplete();
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
    {
        mapper.ConfigureNotFoundHandler<Regret>();
        mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id).ToMessage<CountCommand>(message => message.Id).ToMessage<EndCommand>(message => message.Id);
    }

    Task Meet(string message)
    {
        notes.Write(new Met(nameof(Meeting), Data.Id, message, Data.Messages++));
        return Task.CompletedTask;
    }

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public int Messages { get; set; }
    }

    internal sealed class Regret : ISagaNotFoundHandler
    {
        public Task Handle(object message, IMessageProcessingContext context) => context.Reply(new AnswerMessage($"no meeting for {message.GetType().Name}"));
    }
}

/// <summary>Has the message that begins it come back as a timeout.</summary>
sealed class Echo(Notes notes) : Saga<Echo.State>, IAmStartedByMessages<BeginCommand>, IHandleTimeouts<BeginCommand>, IHandleTimeouts<Bell>
{
    public async Task Handle(BeginCommand message, IMessageHandlerContext context)
    {
        notes.Write(new Met(nameof(Echo), Data.Id, "begin", Data.Messages++));
        if (message.RingAfter is { } after) await RequestTimeout(context, after, message);
    }

    public Task Timeout(BeginCommand state, IMessageHandlerContext context)
    {
        notes.Write(new Met(nameof(Echo), Data.Id, "timeout", Data.Messages++));
        return Task.CompletedTask;
    }

    public Task Timeout(Bell state, IMessageHandlerContext context)
    {
        notes.Write(new Met(nameof(Echo), Data.Id, "bell", Data.Messages++));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public int Messages { get; set; }
    }
}

sealed record Bell;

/// <summary>Rings a bell for itself alone.</summary>
sealed class Ringer(Notes notes) : Saga<Ringer.State>, IAmStartedByMessages<BeginCommand>, IHandleTimeouts<Bell>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context) => RequestTimeout(context, TimeSpan.FromMilliseconds(10), new Bell());

    public Task Timeout(Bell state, IMessageHandlerContext context)
    {
        notes.Write(new Met(nameof(Ringer), Data.Id, "bell", 0));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}

/// <summary>Is over as soon as it began.</summary>
sealed class Moment(Notes notes) : Saga<Moment.State>, IAmStartedByMessages<BeginCommand>, IHandleMessages<CountCommand>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context)
    {
        notes.Write(new Met(nameof(Moment), Data.Id, "begin", 0));
        MarkAsComplete();
        return Task.CompletedTask;
    }

    public Task Handle(CountCommand message, IMessageHandlerContext context)
    {
        notes.Write(new Met(nameof(Moment), Data.Id, "count", 0));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id).ToMessage<CountCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}

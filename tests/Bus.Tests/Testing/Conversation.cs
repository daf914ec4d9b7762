using NServiceBus;

namespace Dovetail.Bus.Tests.Testing;

/// <summary>A saga that does what a test gives it to do, and so can do anything.</summary>
sealed class Conversation(Func<Conversation, object, IMessageHandlerContext, Task> act) : Saga<Conversation.State>,
    IAmStartedByMessages<Conversation.Begin>, IHandleMessages<Conversation.Word>, IHandleMessages<Conversation.Loud>, IHandleMessages<Conversation.Labelled>, IHandleMessages<Conversation.Answer>,
    IHandleTimeouts<Conversation.Silence>
{
    public Task Handle(Begin message, IMessageHandlerContext context) => Act(message, context);

    public Task Handle(Word message, IMessageHandlerContext context) => Act(message, context);

    public Task Handle(Loud message, IMessageHandlerContext context) => Act(message, context);

    public Task Handle(Labelled message, IMessageHandlerContext context) => Act(message, context);

    public Task Handle(Answer message, IMessageHandlerContext context) => Act(message, context);

    public Task Timeout(Silence state, IMessageHandlerContext context) => Act(state, context);

    public void End() => MarkAsComplete();

    public Task WakeAfter(TimeSpan delay, string state, IMessageHandlerContext context) => RequestTimeout(context, delay, new Silence(state));

    public Task WakeAt(DateTimeOffset at, string state, IMessageHandlerContext context) => RequestTimeout(context, at, new Silence(state));

    public Task AnswerOriginator(object message, IMessageHandlerContext context) => ReplyToOriginator(context, message);

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Topic)
        .ToMessage<Begin>(message => message.Topic).ToMessage<Word>(message => message.Topic).ToMessageHeader<Labelled>("topic");

    Task Act(object message, IMessageHandlerContext context)
    {
        Data.Heard.Add(message.ToString()!);
        return act(this, message, context);
    }

    internal sealed record Begin(string Topic);

    internal record Word(string Topic)
    {
        public override string ToString() => "word";
    }

    internal sealed record Loud(string Topic) : Word(Topic)
    {
        public override string ToString() => "loud";
    }

    internal sealed record Labelled;

    internal sealed record Answer(string Text);

    internal sealed record Question(string Text);

    internal sealed record Silence(string After);

    internal sealed class State : ContainSagaData
    {
        public string Topic { get; set; } = "";

        public List<string> Heard { get; set; } = [];

        [System.Text.Json.Serialization.JsonIgnore]
        public string? Whispered { get; set; }
    }
}

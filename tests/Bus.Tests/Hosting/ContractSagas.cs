using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

sealed record BeginCommand(string Id, TimeSpan? RingAfter = null);

sealed record CountCommand(string Id, int By);

sealed record EndCommand(string Id);

/// <summary>Counts until it is told to end.</summary>
sealed class Counter(Notes notes) : Saga<Counter.Count>,
    IAmStartedByMessages<BeginCommand>, IHandleMessages<CountCommand>, IHandleMessages<EndCommand>, IHandleTimeouts<Counter.Ring>
{
    public async Task Handle(BeginCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        if (message.RingAfter is { } after) await RequestTimeout(context, after, new Ring());
    }

    public Task Handle(CountCommand message, IMessageHandlerContext context)
    {
        Data.Total += message.By;
        if (message.By < 0) throw new InvalidOperationException("This counter counts upwards.");
        notes.Write(message);
        return Task.CompletedTask;
    }

    public async Task Handle(EndCommand message, IMessageHandlerContext context)
    {
        notes.Write(Data.Total);
        MarkAsComplete();
        if (Data.Originator?.Contains("Sales", StringComparison.Ordinal) == true) await ReplyToOriginator(context, new AnswerMessage($"{Data.Name} ended"));
    }

    public Task Timeout(Ring state, IMessageHandlerContext context)
    {
        notes.Write(new Rang(Data.Name));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<Count> mapper)
    {
        mapper.ConfigureNotFoundHandler<NoSuchCounter>();
        mapper.MapSaga(count => count.Name)
            .ToMessage<BeginCommand>(message => message.Id)
            .ToMessage<CountCommand>(message => message.Id)
            .ToMessage<EndCommand>(message => message.Id);
    }

    internal sealed class Count : ContainSagaData
    {
        public string Name { get; set; } = "";

        public int Total { get; set; }
    }

    internal sealed record Ring;

    internal sealed record Rang(string By);
}

sealed class NoSuchCounter(Notes notes) : ISagaNotFoundHandler
{
    public Task Handle(object message, IMessageProcessingContext context)
    {
        notes.Write($"no counter for {((CountCommand)message).Id}");
        return Task.CompletedTask;
    }
}

/// <summary>Asks another endpoint, whose reply names no property of the saga: it finds its way by headers.</summary>
sealed class Asking(Notes notes) : Saga<Asking.Question>, IAmStartedByMessages<BeginCommand>, IHandleMessages<AnswerMessage>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context) => context.Send(new AskCommand(message.Id));

    public Task Handle(AnswerMessage message, IMessageHandlerContext context)
    {
        notes.Write($"{Data.Name} heard: {message.Text}");
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<Question> mapper) => mapper.MapSaga(question => question.Name).ToMessage<BeginCommand>(message => message.Id);

    internal sealed class Question : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}

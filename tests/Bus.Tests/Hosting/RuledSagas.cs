using System.Globalization;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

sealed record RenameCommand(string Id, string? To);

/// <summary>Takes away what it is found by, if it is told to.</summary>
sealed class Renaming(Notes notes) : Saga<Renaming.State>,
    IAmStartedByMessages<BeginCommand>, IHandleMessages<RenameCommand>, IHandleTimeouts<RenameCommand>, IHandleTimeouts<BeginCommand>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context) => Task.CompletedTask;

    public Task Handle(RenameCommand message, IMessageHandlerContext context)
    {
        Data.Name = message.To;
        if (Data.Name == message.Id) notes.Write(message.Id);
        return Task.CompletedTask;
    }

    public Task Timeout(RenameCommand state, IMessageHandlerContext context) => Handle(state, context);

    public Task Timeout(BeginCommand state, IMessageHandlerContext context) => Task.CompletedTask;

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name)
        .ToMessage<BeginCommand>(message => message.Id)
        .ToMessage<RenameCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string? Name { get; set; }
    }
}

/// <summary>Two of its methods meet the same message.</summary>
sealed class Awaiting : Saga<Awaiting.State>, IAmStartedByMessages<BeginCommand>, IHandleMessages<HappenedEvent>, IHandleMessages<OrderedEvent>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context) => Task.CompletedTask;

    public Task Handle(HappenedEvent message, IMessageHandlerContext context) => Task.CompletedTask;

    public Task Handle(OrderedEvent message, IMessageHandlerContext context) => Task.CompletedTask;

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
    {
        mapper.ConfigureNotFoundHandler<Nobody>();
        mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id).ToMessage<HappenedEvent>(message => message.Id);
    }

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }

    sealed class Nobody(Notes notes) : ISagaNotFoundHandler
    {
        public Task Handle(object message, IMessageProcessingContext context)
        {
            notes.Write($"nobody awaits {((HappenedEvent)message).Id}");
            return Task.CompletedTask;
        }
    }
}

sealed record OpenCommand(Guid Account);

sealed class ByItsId(Notes notes) : Saga<ByItsId.State>, IAmStartedByMessages<OpenCommand>
{
    public Task Handle(OpenCommand message, IMessageHandlerContext context)
    {
        Data.Opened++;
        notes.Write(new Heard(Data.Id.ToString(), Data.Opened.ToString(CultureInfo.InvariantCulture)));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Id).ToMessage<OpenCommand>(message => message.Account);

    internal sealed class State : ContainSagaData
    {
        public int Opened { get; set; }
    }
}

sealed record SnoozeCommand(string Id);

sealed class Snoozing(Notes notes) : Saga<Snoozing.State>, IAmStartedByMessages<SnoozeCommand>, IHandleTimeouts<SnoozeCommand>
{
    public Task Handle(SnoozeCommand message, IMessageHandlerContext context)
    {
        notes.Write($"{message.Id} asked");
        return RequestTimeout(context, TimeSpan.FromMilliseconds(50), message);
    }

    public Task Timeout(SnoozeCommand state, IMessageHandlerContext context)
    {
        notes.Write($"{state.Id} rang");
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<SnoozeCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}

sealed class Fleeting(Notes notes) : Saga<Fleeting.State>, IAmStartedByMessages<BeginCommand>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context)
    {
        notes.Write(string.Create(CultureInfo.InvariantCulture, $"{Data.Name}: {++Data.Begun}"));
        MarkAsComplete();
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public int Begun { get; set; }
    }
}

/// <summary>Keeps its state in every place that a class has.</summary>
sealed class Keeping(Notes notes) : Saga<Keeping.State>, IAmStartedByMessages<AddCommand>
{
    public Task Handle(AddCommand message, IMessageHandlerContext context)
    {
        Data.Items.Add(message.Item);
        Data.Count++;
        Data = new State(Data, message.Item);
        notes.Write(string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', Data.Items)} {Data.Count} {Data.Last}"));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<AddCommand>(message => message.Customer);

    internal sealed class State : ContainSagaData
    {
        // What a state may be made of is what this one shows.
        public int Count;

        public State()
        {
        }

        public State(State before, string last)
        {
            (Id, OriginalMessageId, Originator, Name, Count, Last) = (before.Id, before.OriginalMessageId, before.Originator, before.Name, before.Count, last);
            Items.AddRange(before.Items);
        }

        public string Name { get; set; } = "";

        public string? Last { get; set; }

        public List<string> Items { get; } = [];
    }
}

using NServiceBus;

namespace Dovetail.Benchmarks;

/// <summary>What the benchmarks of the engine have handled: messages of about a kilobyte, by handlers that do next to nothing.</summary>
static class Work
{
    public const string Nothings = "handler does nothing";
    public const string Forwards = "handler sends one";
    public const string Counts = "saga update, 100 instances";

    public static readonly string Kilobyte = new('x', 900);

    /// <summary>What each handler waits for at its end.</summary>
    public static Func<Task> End { get; set; } = static () => Task.CompletedTask;

    public static Noop Nothing(int id) => new(id, Kilobyte);

    /// <summary>Each kind of handler, and the message that it is measured with.</summary>
    public static IReadOnlyList<(string Name, Func<int, object> Message)> Kinds { get; } =
    [
        (Nothings, Nothing),
        (Forwards, id => new Forward(id, Kilobyte)),
        (Counts, id => new Count(id % 100, Kilobyte)),
        ("saga update that sends one", id => new CountOn(id % 100, Kilobyte)),
    ];

    public static void Configure(EndpointConfiguration endpoint)
    {
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.AssemblyScanner().Disable = true;
        endpoint.Conventions().DefiningMessagesAs(type => type.Namespace == "Dovetail.Benchmarks");
        endpoint.AddHandler<NoopHandler>();
        endpoint.AddHandler<ForwardHandler>();
        endpoint.AddSaga<Counter>();
    }
}

sealed record Noop(int Id, string Text);

sealed record Forward(int Id, string Text);

sealed record Count(int Id, string Text);

sealed record CountOn(int Id, string Text);

sealed class NoopHandler : IHandleMessages<Noop>
{
    public Task Handle(Noop message, IMessageHandlerContext context) => Work.End();
}

sealed class ForwardHandler : IHandleMessages<Forward>
{
    public async Task Handle(Forward message, IMessageHandlerContext context)
    {
        await context.Send("Sink", new Noop(message.Id, message.Text));
        await Work.End();
    }
}

sealed class Counter : Saga<Counter.State>, IAmStartedByMessages<Count>, IAmStartedByMessages<CountOn>
{
    public Task Handle(Count message, IMessageHandlerContext context)
    {
        Data.Total++;
        return Work.End();
    }

    public async Task Handle(CountOn message, IMessageHandlerContext context)
    {
        Data.Total++;
        await context.Send("Sink", new Noop(message.Id, message.Text));
        await Work.End();
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
        mapper.MapSaga(state => state.Number).ToMessage<Count>(message => message.Id).ToMessage<CountOn>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public int Number { get; set; }

        public int Total { get; set; }
    }
}

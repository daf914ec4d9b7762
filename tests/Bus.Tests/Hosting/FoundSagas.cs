using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Sagas;

namespace Dovetail.Bus.Tests.Hosting;

sealed record AddCommand(string Customer, string Item);

sealed record CheckOutCommand(string Customer, bool Waits = false);

sealed record CartClosed(string Customer, string Items);

sealed record Asked(string Customer, bool Found);

/// <summary>One open cart a customer, found by finders alone: a customer has many carts, so no property is unique.</summary>
sealed class Cart(Notes notes) : Saga<Cart.State>, IAmStartedByMessages<AddCommand>, IHandleMessages<CheckOutCommand>
{
    public Task Handle(AddCommand message, IMessageHandlerContext context)
    {
        Data.OpenFor = message.Customer;
        Data.Items.Add(message.Item);
        notes.Write(message);
        return Task.CompletedTask;
    }

    public async Task Handle(CheckOutCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        if (message.Waits) await notes.Gate("till").Task.WaitAsync(context.CancellationToken);
        notes.Write(new CartClosed(message.Customer, string.Join(',', Data.Items)));
        Data.OpenFor = null;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
    {
        mapper.ConfigureNotFoundHandler<NoSuchCart>();
        mapper.ConfigureFinderMapping<AddCommand, OpenCart>();
        mapper.ConfigureFinderMapping<CheckOutCommand, OpenCart>();
    }

    internal sealed class State : ContainSagaData
    {
        public string? OpenFor { get; set; }

        public List<string> Items { get; set; } = [];
    }
}

sealed class OpenCart(IBusUnderTest bus, Notes notes) : ISagaFinder<Cart.State, AddCommand>, ISagaFinder<Cart.State, CheckOutCommand>, IDisposable
{
    public Task<Cart.State?> FindBy(AddCommand message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken) =>
        Find(message.Customer, storageSession, context);

    public Task<Cart.State?> FindBy(CheckOutCommand message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken) =>
        Find(message.Customer, storageSession, context);

    public void Dispose() => notes.Write("finder disposed");

    async Task<Cart.State?> Find(string customer, ISynchronizedStorageSession session, IReadOnlyContextBag context)
    {
        var found = await bus.FindSaga<Cart.State>(session, context, nameof(Cart.State.OpenFor), customer);
        notes.Write(new Asked(customer, found is not null));
        return found;
    }
}

sealed class NoSuchCart(Notes notes) : ISagaNotFoundHandler
{
    public Task Handle(object message, IMessageProcessingContext context)
    {
        notes.Write($"no cart for {((CheckOutCommand)message).Customer}");
        return context.Reply(new AnswerMessage("no cart"));
    }
}

sealed record ScanCommand(string Code, string Shelf);

sealed record ShelfCommand(string Shelf);

sealed record Stocktaken(string Code, int Scans);

/// <summary>Known by a code, and by the shelf it lies on through a finder that gives no more than the id.</summary>
sealed class Inventory(Notes notes) : Saga<Inventory.State>, IAmStartedByMessages<ScanCommand>, IHandleMessages<ShelfCommand>
{
    public Task Handle(ScanCommand message, IMessageHandlerContext context)
    {
        Data.Shelf = message.Shelf;
        Data.Scans++;
        notes.Gates[$"shelf {message.Shelf}"] = new TaskCompletionSource(Data.Id);
        notes.Write(message);
        return Task.CompletedTask;
    }

    public Task Handle(ShelfCommand message, IMessageHandlerContext context)
    {
        notes.Write(new Stocktaken(Data.Code, ++Data.Scans));
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
    {
        mapper.MapSaga(state => state.Code).ToMessage<ScanCommand>(message => message.Code);
        mapper.ConfigureFinderMapping<ShelfCommand, ByShelf>();
    }

    internal sealed class State : ContainSagaData
    {
        public string Code { get; set; } = "";

        public string Shelf { get; set; } = "";

        public int Scans { get; set; }
    }
}

/// <summary>Knows ids from elsewhere, as from a table of the application.</summary>
sealed class ByShelf(Notes notes) : ISagaFinder<Inventory.State, ShelfCommand>
{
    public Task<Inventory.State?> FindBy(ShelfCommand message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken) =>
        Task.FromResult(notes.Gates.TryGetValue($"shelf {message.Shelf}", out var known) ? new Inventory.State { Id = (Guid)known.Task.AsyncState! } : null);
}

sealed record JoinCommand(string Member, bool SaysWho);

/// <summary>Begun beside its correlation: whoever begins it so must set the property.</summary>
sealed class Membership(Notes notes) : Saga<Membership.State>, IAmStartedByMessages<JoinCommand>, IHandleMessages<AskCommand>
{
    public Task Handle(JoinCommand message, IMessageHandlerContext context)
    {
        if (message.SaysWho) Data.Member = message.Member;
        return Task.CompletedTask;
    }

    public Task Handle(AskCommand message, IMessageHandlerContext context)
    {
        notes.Write($"{Data.Member} is a member");
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
    {
        mapper.MapSaga(state => state.Member).ToMessage<AskCommand>(message => message.Text);
        mapper.ConfigureFinderMapping<JoinCommand, Nobody>();
    }

    internal sealed class State : ContainSagaData
    {
        public string? Member { get; set; }
    }

    sealed class Nobody : ISagaFinder<State, JoinCommand>
    {
        public Task<State?> FindBy(JoinCommand message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken) => Task.FromResult<State?>(null);
    }
}

/// <summary>Leaves something for those who come after it in the same message.</summary>
/// <summary>Two methods of one saga meet one message, and it is found by a finder that reads what a behavior left.</summary>
sealed class Twofold(Notes notes) : Saga<Twofold.State>, IAmStartedByMessages<OrderedEvent>, IHandleMessages<HappenedEvent>
{
    public Task Handle(OrderedEvent message, IMessageHandlerContext context) => Note("ordered");

    public Task Handle(HappenedEvent message, IMessageHandlerContext context) => Note("happened");

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.ConfigureFinderMapping<HappenedEvent, Reading>();

    Task Note(string what)
    {
        Data.Heard.Add(what);
        notes.Write(new Heard(Data.Id.ToString(), string.Join(',', Data.Heard)));
        return Task.CompletedTask;
    }

    internal sealed class State : ContainSagaData
    {
        public List<string> Heard { get; set; } = [];
    }

    sealed class Reading(Notes notes) : ISagaFinder<State, HappenedEvent>
    {
        public Task<State?> FindBy(HappenedEvent message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken)
        {
            notes.Write(context.Get<string>("left"));
            return Task.FromResult<State?>(null);
        }
    }
}

using System.Text;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What a store keeps, and what it refuses, without an endpoint around it. Derive one class for each store and its transport.</summary>
public abstract class StoreContract(TestContext test) : BusContract(test)
{
    static readonly SagaDefinition Orders = SagaDefinition.Of(typeof(OrderSaga)), Parcels = SagaDefinition.Of(typeof(ParcelSaga));

    [Scenario(226)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_that_is_not_there_is_null_by_id_and_by_value()
    {
        await using var world = await OpenWorld();

        Assert.IsNull(await world.Store.FindSaga(Orders, new SagaKey.ById(Guid.NewGuid()), Cancellation));
        Assert.IsNull(await world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("A-1"), Cancellation));
    }

    [Scenario(227)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task State_comes_back_whole_and_is_nobody_elses()
    {
        await using var world = await OpenWorld();
        var order = Order("A-1");
        order.Lines.Add(new Line("lamp", 2));
        order.Notes["Ж"] = "a/b \"c\"";
        order.PlacedAt = new DateTimeOffset(2026, 8, 21, 9, 2, 3, 123, 456, TimeSpan.FromHours(5.5));
        order.Within = TimeSpan.FromMinutes(15);
        order.Total = 12.50m;
        await Save(world.Store, null, order);
        order.Lines.Clear();

        var byValue = Assert.IsInstanceOfType<OrderState>((await world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("A-1"), Cancellation))!.Data);
        var byId = Assert.IsInstanceOfType<OrderState>((await world.Store.FindSaga(Orders, new SagaKey.ById(order.Id), Cancellation))!.Data);

        Assert.AreNotSame(byValue, byId);
        Assert.AreEqual(order.Id, byValue.Id);
        Assert.AreEqual("desk", byValue.Originator);
        Assert.AreEqual("begin-1", byValue.OriginalMessageId);
        CollectionAssert.AreEqual(new[] { new Line("lamp", 2) }, byValue.Lines);
        Assert.AreEqual("a/b \"c\"", byValue.Notes["Ж"]);
        Assert.AreEqual((order.PlacedAt, order.PlacedAt.Value.Offset, order.Within, order.Total), (byValue.PlacedAt, byValue.PlacedAt!.Value.Offset, byValue.Within, byValue.Total));
        byValue.Lines.Clear();
        Assert.HasCount(1, byId.Lines);
    }

    [Scenario(228, 230)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Sagas_messages_and_the_record_of_them_are_kept_together_or_not_at_all()
    {
        await using var world = await OpenWorld();
        await Save(world.Store, null, Order("kept"));
        var kept = (await world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("kept"), Cancellation))!;
        var work = new UnitOfWork(null, world.Store.OpenSession(), "session-1");
        work.Sagas.Add(new SagaChange(Orders, Order("new"), ReadAt: null, Completed: false));
        work.Sagas.Add(new SagaChange(Orders, kept.Data, kept.Concurrency, Completed: true));
        work.Sagas.Add(new SagaChange(Parcels, new ParcelState { Id = CombGuid.New(TimeProvider.System.GetUtcNow()), Order = "new" }, ReadAt: null, Completed: false));
        work.Sagas.Add(new SagaChange(Orders, Order("stale"), ReadAt: 7, Completed: false));
        work.Outgoing.Add(Message("out"));

        await Assert.ThrowsExactlyAsync<SagaConflictException>(() => world.Store.Commit(work, Cancellation));

        Assert.IsNull(await world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("new"), Cancellation));
        Assert.IsNull(await world.Store.FindSaga(Parcels, new SagaKey.ByCorrelation("new"), Cancellation));
        Assert.IsNotNull(await world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("kept"), Cancellation));
        Assert.IsNull(await world.Store.FindOutbox("session-1", Cancellation));
        Assert.AreEqual(0, await Waiting("Sales"));
    }

    [Scenario(231)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task One_value_names_one_instance_of_each_saga_until_that_ends()
    {
        await using var world = await OpenWorld();
        var first = Order("A-1");
        await Save(world.Store, null, first);

        await Assert.ThrowsExactlyAsync<SagaConflictException>(() => Save(world.Store, null, Order("A-1")));
        var read = (await world.Store.FindSaga(Orders, new SagaKey.ById(first.Id), Cancellation))!;
        await Save(world.Store, read.Concurrency, (OrderState)read.Data, completed: true);
        await Save(world.Store, null, Order("A-1"));

        Assert.AreNotEqual(first.Id, (await world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("A-1"), Cancellation))!.Data.Id);
    }

    [Scenario(233)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(true, DisplayName = "ended"), DataRow(false, DisplayName = "changed")]
    public async Task Who_changes_or_ends_what_somebody_else_changed_meanwhile_is_refused(bool ends)
    {
        await using var world = await OpenWorld();
        await Save(world.Store, null, Order("A-1"));
        var (mine, theirs) = ((await Find())!, (await Find())!);
        ((OrderState)theirs.Data).Total = 1;
        await Save(world.Store, theirs.Concurrency, (OrderState)theirs.Data);

        await Assert.ThrowsExactlyAsync<SagaConflictException>(() => Save(world.Store, mine.Concurrency, (OrderState)mine.Data, completed: ends));

        var fresh = (await Find())!;
        Assert.AreEqual(1, ((OrderState)fresh.Data).Total);
        await Save(world.Store, fresh.Concurrency, (OrderState)fresh.Data, completed: true);
        Assert.IsNull(await Find());

        Task<SagaRecord?> Find() => world.Store.FindSaga(Orders, new SagaKey.ByCorrelation("A-1"), Cancellation);
    }

    [Scenario(229, 134)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_is_remembered_with_its_commit_and_a_copy_of_it_is_refused()
    {
        await using var world = await OpenWorld(deduplicates: true);
        await world.Transport.Send([Message("1")], Cancellation);
        await world.Transport.Send([Message("1")], Cancellation);
        await using var receiver = world.Transport.Receive("Sales");
        var copies = new List<ReceivedMessage>();
        while (copies.Count < 2) copies.AddRange(await receiver.Take(2 - copies.Count, Cancellation));
        var work = new UnitOfWork(copies[0], world.Store.OpenSession());
        work.Outgoing.Add(Message("out"));
        Assert.IsNull(await world.Store.FindOutbox("1", Cancellation));

        var committed = await world.Store.Commit(work, Cancellation);

        Assert.IsNotNull(await world.Store.FindOutbox("1", Cancellation));
        await Assert.ThrowsExactlyAsync<CopyCommittedException>(() => world.Store.Commit(new UnitOfWork(copies[1], world.Store.OpenSession()), Cancellation));
        if (committed.ToDispatch.Count > 0) await world.Store.MarkDispatched(["1"], Cancellation);
        var record = (await world.Store.FindOutbox("1", Cancellation))!;
        Assert.IsTrue(record.IsDispatched);
        Assert.IsEmpty(record.Operations);
    }

    static OrderState Order(string name) => new() { Id = CombGuid.New(TimeProvider.System.GetUtcNow()), Order = name, Originator = "desk", OriginalMessageId = "begin-1" };

    static OutgoingOperation Message(string id) => new(id, new(StringComparer.Ordinal) { [Headers.MessageId] = id }, Encoding.UTF8.GetBytes("{}"), new Target.Queue("Sales"));

    async Task Save(IStore store, int? readAt, OrderState order, bool completed = false)
    {
        var work = new UnitOfWork(null, store.OpenSession(), Guid.NewGuid().ToString());
        work.Sagas.Add(new SagaChange(Orders, order, readAt, completed));
        await store.Commit(work, Cancellation);
    }

    async Task<World> OpenWorld(bool deduplicates = false)
    {
        var endpoint = new EndpointConfiguration("Sales");
        Bus.Use(endpoint);
        var context = new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance, Deduplicates: deduplicates);
        var transport = endpoint.Settings.Transport!.Create(context);
        var store = endpoint.Settings.Persistence!.Create(transport, context);
        await transport.CreateQueues(["Sales"], Cancellation);
        await store.CreateTables([Orders, Parcels], Cancellation);
        return new World(transport, store);
    }

    sealed record World(ITransport Transport, IStore Store) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Transport.DisposeAsync();
    }

    sealed record Line(string Sku, int Quantity);

    sealed class OrderState : ContainSagaData
    {
        public string Order { get; set; } = "";

        public List<Line> Lines { get; set; } = [];

        public Dictionary<string, string> Notes { get; set; } = [];

        public DateTimeOffset? PlacedAt { get; set; }

        public TimeSpan Within { get; set; }

        public decimal Total { get; set; }
    }

    sealed class OrderSaga : Saga<OrderState>, IAmStartedByMessages<BeginCommand>
    {
        public Task Handle(BeginCommand message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<OrderState> mapper) => mapper.MapSaga(state => state.Order).ToMessage<BeginCommand>(message => message.Id);
    }

    sealed class ParcelState : ContainSagaData
    {
        public string Order { get; set; } = "";
    }

    sealed class ParcelSaga : Saga<ParcelState>, IAmStartedByMessages<BeginCommand>
    {
        public Task Handle(BeginCommand message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<ParcelState> mapper) => mapper.MapSaga(state => state.Order).ToMessage<BeginCommand>(message => message.Id);
    }
}

using Dovetail.Bus.Sagas;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>What every store must do. Derive one class for each, and for each way in which it commits.</summary>
/// <param name="keepsWhatIsSent">True where broker and store are apart: what a commit sends is kept until it is dispatched.</param>
public abstract class PersistenceContract(TestContext test, bool keepsWhatIsSent) : IDisposable
{
    const int Limit = 30_000;
    private protected static readonly SagaDefinition Orders = SagaDefinition.Of(typeof(Order));
    static readonly SagaDefinition Returns = SagaDefinition.Of(typeof(Return));
    static readonly SagaDefinition Carts = SagaDefinition.Of(typeof(Cart));

    StoreUnderTest? _open;

    protected CancellationToken Cancellation => test.CancellationToken;

    private protected StoreUnderTest Opened => _open ??= Open();

    private protected IStore Store => Opened.Store;

    public void Dispose()
    {
        _open?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract StoreUnderTest Open();

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_that_was_never_begun_is_not_found()
    {
        await Prepare();

        Assert.IsNull(await Find(Orders, "A-1"));
        Assert.IsNull(await Store.FindSaga(Orders, new SagaKey.ById(Guid.NewGuid()), Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task State_comes_back_whole_and_as_an_object_of_its_own()
    {
        await Prepare();
        var data = OrderOf("A-1");
        data.Lines.Add(new Line("bolt", 3, 0.25m));
        data.Prices["bolt"] = 0.25m;
        data.PlacedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        data.PaidBy = new Means.Card("4000");
        (data.Originator, data.OriginalMessageId) = ("Shop", "m-1");
        await Commit(Begin(Orders, data));
        data.Lines.Clear();

        var one = (Order.State)(await Find(Orders, "A-1"))!.Data;
        var other = (Order.State)(await Store.FindSaga(Orders, new SagaKey.ById(data.Id), Cancellation))!.Data;

        Assert.AreEqual(new Line("bolt", 3, 0.25m), one.Lines.Single());
        Assert.AreEqual(0.25m, one.Prices["bolt"]);
        Assert.AreEqual((data.PlacedAt, data.PaidBy), (one.PlacedAt, one.PaidBy));
        Assert.AreEqual(("Shop", "m-1", data.Id), (one.Originator, one.OriginalMessageId, one.Id));
        Assert.AreNotSame(one.Lines, other.Lines);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_was_changed_and_not_committed_stays_as_it_was()
    {
        await Prepare();
        await Commit(Begin(Orders, OrderOf("A-1")), Begin(Orders, OrderOf("A-2")));

        await using (Store.OpenSession())
        {
            var abandoned = (Order.State)(await Find(Orders, "A-1"))!.Data;
            abandoned.Lines.Add(new Line("nut", 1, 1));
        }
        // One of them can't be saved: then none is.
        var stale = (await Find(Orders, "A-2"))!;
        await Commit(Change(Orders, stale));
        var first = (await Find(Orders, "A-1"))!;
        await Assert.ThrowsAsync<ConflictException>(() => Commit(Begin(Orders, OrderOf("A-3")), End(Orders, first), Change(Orders, stale)));

        Assert.IsEmpty(((Order.State)(await Find(Orders, "A-1"))!.Data).Lines);
        Assert.IsNull(await Find(Orders, "A-3"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Several_sagas_are_begun_changed_and_ended_in_one_commit()
    {
        await Prepare();
        await Commit(Begin(Orders, OrderOf("A-1")), Begin(Orders, OrderOf("A-2")));
        var (one, two) = ((await Find(Orders, "A-1"))!, (await Find(Orders, "A-2"))!);
        ((Order.State)one.Data).Lines.Add(new Line("bolt", 1, 1));

        await Commit(Change(Orders, one), End(Orders, two), Begin(Returns, ReturnOf("A-1")));

        Assert.HasCount(1, ((Order.State)(await Find(Orders, "A-1"))!.Data).Lines);
        Assert.IsNull(await Find(Orders, "A-2"));
        Assert.IsNotNull(await Find(Returns, "A-1"), "Two sagas may have the same value.");
    }

    [Scenario(181)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_value_begins_one_saga_and_after_its_end_another()
    {
        await Prepare();
        await Commit(Begin(Orders, OrderOf("A-1")));
        await Assert.ThrowsAsync<SagaConflictException>(() => Commit(Begin(Orders, OrderOf("A-1"))));

        await Commit(End(Orders, (await Find(Orders, "A-1"))!));
        await Commit(Begin(Orders, OrderOf("A-1")));

        Assert.IsNotNull(await Find(Orders, "A-1"));
    }

    [Scenario(179)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whoever_changes_or_ends_what_another_changed_meanwhile_is_told_so()
    {
        await Prepare();
        await Commit(Begin(Orders, OrderOf("A-1")));
        var (mine, others) = ((await Find(Orders, "A-1"))!, (await Find(Orders, "A-1"))!);
        await Commit(Change(Orders, others));

        await Assert.ThrowsAsync<SagaConflictException>(() => Commit(Change(Orders, mine)));
        await Assert.ThrowsAsync<SagaConflictException>(() => Commit(End(Orders, mine)));

        await Commit(End(Orders, (await Find(Orders, "A-1"))!));
        await Assert.ThrowsAsync<SagaConflictException>(() => Commit(Change(Orders, mine)));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_without_a_value_of_its_own_is_found_by_its_id()
    {
        await Prepare();
        var data = new Cart.State { Id = Guid.NewGuid(), OpenFor = "Ann" };

        await Commit(Begin(Carts, data), Begin(Carts, new Cart.State { Id = Guid.NewGuid() }));

        Assert.AreEqual("Ann", ((Cart.State)(await Store.FindSaga(Carts, new SagaKey.ById(data.Id), Cancellation))!.Data).OpenFor);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_is_known_to_be_handled_once_it_is_committed()
    {
        await Prepare();
        var message = await Take("m-1");
        Assert.IsNull(await Store.FindOutbox("m-1", Cancellation));
        var failing = Work(message);
        failing.Sagas.Add(new SagaChange(Orders, OrderOf("A-1"), ReadAt: 7, Completed: false));
        await Assert.ThrowsAsync<ConflictException>(() => Store.Commit(failing, Cancellation));
        Assert.IsNull(await Store.FindOutbox("m-1", Cancellation));

        await Store.Commit(Work(message), Cancellation);

        Assert.IsNotNull(await Store.FindOutbox("m-1", Cancellation));
        Assert.IsNull(await Store.FindOutbox("m-2", Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Of_two_copies_one_is_committed()
    {
        await Prepare();
        var (one, other) = (await Take("m-1"), await Take("m-1"));
        await Store.Commit(Work(one), Cancellation);
        var late = Work(other);
        late.Sagas.Add(Begin(Orders, OrderOf("A-1")));

        await Assert.ThrowsAsync<CopyCommittedException>(() => Store.Commit(late, Cancellation));

        Assert.IsNull(await Find(Orders, "A-1"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_commit_sends_is_kept_until_it_is_marked_or_is_in_its_queue_at_once()
    {
        await Prepare();
        var work = Work(await Take("m-1"));
        work.Outgoing.Add(Message("m-2", "Answers") with { DueAt = DateTimeOffset.MaxValue, Headers = new() { ["odd"] = "a/b \"c\" Ж" } });

        var committed = await Store.Commit(work, Cancellation);

        Assert.AreEqual(!keepsWhatIsSent, committed.IncomingSettled);
        Assert.HasCount(keepsWhatIsSent ? 1 : 0, committed.ToDispatch);
        var record = (await Store.FindOutbox("m-1", Cancellation))!;
        Assert.AreEqual(!keepsWhatIsSent, record.IsDispatched);
        if (keepsWhatIsSent)
        {
            var kept = record.Operations.Single();
            Assert.AreEqual(("m-2", new Target.Queue("Answers"), DateTimeOffset.MaxValue, "a/b \"c\" Ж"), (kept.MessageId, kept.Target, kept.DueAt, kept.Headers["odd"]));
            CollectionAssert.AreEqual(new[] { "m-1" }, (await Store.WaitForUndispatched(TimeSpan.Zero, 0, Cancellation)).ToList());
            Assert.IsEmpty(await Store.WaitForUndispatched(TimeSpan.Zero, 1, Cancellation));
        }

        await Store.MarkDispatched(["m-1", "unknown"], Cancellation);

        record = (await Store.FindOutbox("m-1", Cancellation))!;
        Assert.IsTrue(record.IsDispatched);
        Assert.IsEmpty(record.Operations);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_is_not_dispatched_is_told_after_a_while_and_not_before()
    {
        await Prepare();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var waiting = Store.WaitForUndispatched(TimeSpan.FromMilliseconds(50), 0, stop.Token);
        var since = TimeProvider.System.GetUtcNow();
        var work = Work(await Take("m-1"));
        work.Outgoing.Add(Message("m-2", "Answers"));
        await Store.Commit(work, Cancellation);

        if (keepsWhatIsSent)
        {
            CollectionAssert.AreEqual(new[] { "m-1" }, (await waiting).ToList());
            Assert.IsGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(49), TimeProvider.System.GetUtcNow() - since);
            await Store.MarkDispatched(["m-1"], Cancellation);
            waiting = Store.WaitForUndispatched(TimeSpan.FromMilliseconds(50), 0, stop.Token);
        }
        Assert.IsFalse(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_was_dispatched_is_forgotten_in_portions_and_what_was_not_stays()
    {
        await Prepare();
        for (var number = 1; number <= 5; number++) await Store.Commit(Work(await Take($"m-{number}")), Cancellation);
        var left = Work(await Take("left"));
        left.Outgoing.Add(Message("m-6", "Answers"));
        await Store.Commit(left, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        Assert.AreEqual(0, await Store.ForgetDispatched(now.AddDays(-1), 3, Cancellation), "All are young.");

        var first = await Store.ForgetDispatched(now.AddDays(1), 3, Cancellation);
        var second = await Store.ForgetDispatched(now.AddDays(1), 3, Cancellation);
        if (!keepsWhatIsSent) second += await Store.ForgetDispatched(now.AddDays(1), 3, Cancellation) - 1;

        Assert.AreEqual((3, 2), (first, second));
        Assert.IsNull(await Store.FindOutbox("m-1", Cancellation));
        if (keepsWhatIsSent) Assert.IsNotNull(await Store.FindOutbox("left", Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task It_is_known_since_when_a_commit_waits_to_be_dispatched()
    {
        await Prepare();
        var since = TimeProvider.System.GetUtcNow();
        foreach (var id in new[] { "m-1", "m-2", "m-3" })
        {
            var work = Work(await Take(id));
            work.Outgoing.Add(Message("out", "Answers"));
            await Store.Commit(work, Cancellation);
        }
        var before = await Store.MeasureOutbox(Cancellation);
        await Store.MarkDispatched(["m-1", "m-2"], Cancellation);
        var after = await Store.MeasureOutbox(Cancellation);
        await Store.MarkDispatched(["m-3"], Cancellation);

        Assert.AreEqual(keepsWhatIsSent ? (3, 1) : (0, 0), (before.Commits, after.Commits));
        if (keepsWhatIsSent) Assert.IsTrue(before.Oldest >= since.AddMilliseconds(-1) && after.Oldest >= before.Oldest && after.Oldest <= TimeProvider.System.GetUtcNow());
        Assert.AreEqual(new OutboxBacklog(0, null), await Store.MeasureOutbox(Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task It_is_known_since_when_the_oldest_saga_goes_on()
    {
        await Prepare();
        Assert.IsNull(await Store.FindOldestSaga(Orders, Cancellation));
        var since = TimeProvider.System.GetUtcNow();
        await Commit(Begin(Orders, OrderOf("A-1")));
        var between = TimeProvider.System.GetUtcNow();
        await Commit(Begin(Orders, OrderOf("A-2")), Begin(Returns, ReturnOf("A-2")));

        var first = await Store.FindOldestSaga(Orders, Cancellation);
        await Commit(Change(Orders, (await Find(Orders, "A-1"))!));
        Assert.AreEqual(first, await Store.FindOldestSaga(Orders, Cancellation), "It began when it began.");
        await Commit(End(Orders, (await Find(Orders, "A-1"))!));

        Assert.IsTrue(since <= first && first <= between);
        Assert.IsGreaterThanOrEqualTo(between, (await Store.FindOldestSaga(Orders, Cancellation))!.Value);
        Assert.IsGreaterThanOrEqualTo(between, (await Store.FindOldestSaga(Returns, Cancellation))!.Value);
        Assert.IsNull(await Store.FindOldestSaga(Carts, Cancellation));
    }

    protected async Task Prepare()
    {
        await Opened.Transport.CreateQueues(["Sales", "Answers"], Cancellation);
        await Store.CreateTables([Orders, Returns, Carts], Cancellation);
    }

    private protected async Task<ReceivedMessage> Take(string id)
    {
        await Opened.Transport.Send([Message(id, "Sales")], Cancellation);
        return (await Opened.Receiver.Take(1, Cancellation)).Single();
    }

    private protected UnitOfWork Work(ReceivedMessage? incoming) => new(incoming, Store.OpenSession());

    private protected Task Commit(params SagaChange[] changes)
    {
        var work = Work(null);
        work.Sagas.AddRange(changes);
        return Store.Commit(work, Cancellation);
    }

    private protected Task<SagaRecord?> Find(SagaDefinition saga, string id) => Store.FindSaga(saga, new SagaKey.ByCorrelation(id), Cancellation);

    static OutgoingOperation Message(string id, string queue) => new(id, new() { [Headers.MessageId] = id }, "{}"u8.ToArray(), new Target.Queue(queue));

    private protected static Order.State OrderOf(string id) => new() { Id = Guid.NewGuid(), OrderId = id };

    static Return.State ReturnOf(string id) => new() { Id = Guid.NewGuid(), OrderId = id };

    private protected static SagaChange Begin(SagaDefinition saga, IContainSagaData data) => new(saga, data, ReadAt: null, Completed: false);

    static SagaChange Change(SagaDefinition saga, SagaRecord record) => new(saga, record.Data, record.Concurrency, Completed: false);

    static SagaChange End(SagaDefinition saga, SagaRecord record) => new(saga, record.Data, record.Concurrency, Completed: true);
}

using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Our tables against those that NServiceBus was seen to make, and rows that it was seen to write.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class NServiceBusTablesTests(TestContext test) : IDisposable
{
    const string SagaId = "2690fb8f-d445-4d63-88b4-b509013c40fb";
    const string OrderId = "2a7a7674-0e99-4867-a178-19437a085aba";
    static readonly SagaDefinition Saga = SagaDefinition.Of(typeof(OrderSaga));

    readonly PostgreSqlStoreBus _ours = new();
    readonly PostgreSqlSchema _theirs = new();

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Scenario(178, 182)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Sagas_and_outboxes_have_the_same_tables_columns_keys_and_indexes_and_indexes_of_ours_beside_them()
    {
        _theirs.Load("persistence.sql");
        await using (var billing = new World(_ours, "Billing")) await billing.Store.CreateTables([], test.CancellationToken);
        await using (var sales = new World(_ours, "Sales")) await sales.Store.CreateTables([Saga], test.CancellationToken);

        var (ours, theirs) = (_ours.Schema.Describe(), _theirs.Describe());

        CollectionAssert.IsSubsetOf(theirs, ours);
        CollectionAssert.AreEquivalent(
            new[]
            {
                """index "Billing_Outbox_Done" on "Billing_OutboxData" ("DispatchedAt") WHERE "Dispatched" """.Trim(),
                """index "Billing_Outbox_Left" on "Billing_OutboxData" ("DispatchedAt") WHERE (NOT "Dispatched")""",
                """index "Sales_Outbox_Done" on "Sales_OutboxData" ("DispatchedAt") WHERE "Dispatched" """.Trim(),
                """index "Sales_Outbox_Left" on "Sales_OutboxData" ("DispatchedAt") WHERE (NOT "Dispatched")""",
            },
            ours.Except(theirs).Where(line => !line.Contains("_b_", StringComparison.Ordinal)).ToArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_saga_that_names_its_table_has_it_under_that_name()
    {
        var saga = SagaDefinition.Of(typeof(NamedSaga));
        await using var sales = new World(_ours, "Sales");
        await sales.Store.CreateTables([saga], test.CancellationToken);

        await using var session = sales.Store.OpenSession();
        var work = new UnitOfWork(null, session);
        work.Sagas.Add(new SagaChange(saga, new NamedSaga.State { Id = Guid.Parse(SagaId), Number = "A-1" }, ReadAt: null, Completed: false));
        await sales.Store.Commit(work, test.CancellationToken);

        Assert.AreEqual("A-1", _ours.Schema.Scalar<string>($"""SELECT "Correlation_Number" FROM "{_ours.Schema.Name}"."Sales_Orders" """));
        Assert.IsNotNull(await sales.Store.FindSaga(saga, new SagaKey.ByCorrelation("A-1"), test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(typeof(MisnamedSaga), "MisnamedSaga names Name as its correlation property, and its mapping Number.")]
    [DataRow(typeof(MovingSaga), "MovingSaga names Name as a transitional correlation property")]
    public async Task A_saga_that_says_of_its_table_what_can_not_be_kept_does_not_start(Type saga, string said)
    {
        await using var sales = new World(_ours, "Sales");

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => sales.Store.CreateTables([SagaDefinition.Of(saga)], test.CancellationToken));

        Assert.StartsWith(said, refused.Message);
    }

    [Scenario(183)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_it_left_in_its_tables_is_found_and_dispatched()
    {
        _ours.Schema.Load("persistence.sql");
        var schema = _ours.Schema.Name;
        var operations = PostgreSqlSchema.Capture("operations.json").Replace("Shop.Messages.OrderPlaced, Messages, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null", typeof(OrderSaga.Begin).AssemblyQualifiedName, StringComparison.Ordinal);
        _ours.Schema.Execute($$"""
            INSERT INTO "{{schema}}"."Sales_OrderSaga" VALUES ('{{SagaId}}', E'{\n  "OriginalMessageId": "4a307157-7ee5-4edd-b140-b509013c40a9",\n  "Originator": "Sales"\n}',
                '{"Log": ["placed", "accepted"], "Total": 12.50, "OrderId": "{{OrderId}}", "Customer": "Ann Ж 0", "TimedOut": true}', '9.0.3.0', '1.0.0.0', 4, '{{OrderId}}');
            INSERT INTO "{{schema}}"."Sales_OutboxData" VALUES ('m-1', false, NULL, '9.0.3.0', '{{operations}}');
            """);
        await using var sales = new World(_ours, "Sales");
        await sales.Store.CreateTables([Saga], test.CancellationToken);

        var record = (await sales.Store.FindSaga(Saga, new SagaKey.ByCorrelation(Guid.Parse(OrderId)), test.CancellationToken))!;
        var state = (OrderSaga.State)record.Data;
        Assert.AreEqual((4, "Sales", 12.50m, "Ann Ж 0", true), (record.Concurrency, state.Originator, state.Total, state.Customer, state.TimedOut));
        await using var session = sales.Store.OpenSession();
        var work = new UnitOfWork(null, session);
        work.Sagas.Add(new SagaChange(Saga, state, record.Concurrency, Completed: false));
        await sales.Store.Commit(work, test.CancellationToken);
        Assert.AreEqual(5, _ours.Schema.Scalar<int>($"""SELECT "Concurrency" FROM "{schema}"."Sales_OrderSaga" """));

        var before = TimeProvider.System.GetUtcNow();
        CollectionAssert.AreEqual(new[] { "m-1" }, (await sales.Store.WaitForUndispatched(TimeSpan.FromMilliseconds(30), 0, test.CancellationToken)).ToList());
        var left = (await sales.Store.FindOutbox("m-1", test.CancellationToken))!;
        Assert.IsFalse(left.IsDispatched);
        Assert.AreEqual(new Target.Queue("audit"), left.Operations[0].Target);
        Assert.AreEqual("application/json", left.Operations[0].Headers[Headers.ContentType]);
        Assert.AreEqual("aa335c5f-cd69-4002-b292-b509013dbb87", left.Operations[1].MessageId);
        Assert.AreEqual(new Target.Subscribers(typeof(OrderSaga.Begin)), left.Operations[3].Target);
        Assert.IsGreaterThanOrEqualTo(before.AddSeconds(8), left.Operations[1].DueAt!.Value);
        await sales.Store.MarkDispatched(["m-1"], test.CancellationToken);
        Assert.AreEqual("[]", _ours.Schema.Scalar<string>($"""SELECT "Operations"::text FROM "{schema}"."Sales_OutboxData" WHERE "Dispatched" """));
    }

    [Scenario(183)]
    [TestMethod]
    public void What_waits_in_our_outbox_has_the_form_of_theirs()
    {
        var text = OperationsJson.Write(
            [
                new OutgoingOperation("m-1", new() { ["h"] = "a/\"Ж" }, "{}"u8.ToArray(), new Target.Queue("Billing"), new DateTimeOffset(2026, 11, 21, 19, 16, 57, 726, 203, TimeSpan.Zero)),
                new OutgoingOperation("m-2", [], ReadOnlyMemory<byte>.Empty, new Target.Subscribers(typeof(OrderSaga.Begin)), ExpiresAfter: TimeSpan.FromMinutes(5)),
            ]);

        Assert.AreEqual(
            """[{"MessageId":"m-1","Headers":{"h":"a/\u0022\u0416"},"Body":"e30=","Options":{"Destination":"Billing","DeliverAt":"2026-11-21 19:16:57:726203 Z"}},"""
            + """{"MessageId":"m-2","Headers":{},"Body":"","Options":{"EventType":"TYPE","TimeToBeReceived":"00:05:00"}}]""".Replace("TYPE", typeof(OrderSaga.Begin).AssemblyQualifiedName!.Replace("+", "\\u002B", StringComparison.Ordinal), StringComparison.Ordinal),
            text);
    }

    sealed class World : IAsyncDisposable
    {
        public World(PostgreSqlStoreBus bus, string name)
        {
            var endpoint = new EndpointConfiguration(name);
            bus.Use(endpoint);
            var context = new TransportContext(name, TimeProvider.System, NullLoggerFactory.Instance);
            Transport = endpoint.Settings.Transport!.Create(context);
            Store = endpoint.Settings.Persistence!.Create(Transport, context);
        }

        ITransport Transport { get; }

        public IStore Store { get; }

        public async ValueTask DisposeAsync()
        {
            await ((IAsyncDisposable)Store).DisposeAsync();
            await Transport.DisposeAsync();
        }
    }

    sealed class OrderSaga : Saga<OrderSaga.State>, IAmStartedByMessages<OrderSaga.Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId).ToMessage<Begin>(message => message.OrderId);

        internal sealed record Begin(Guid OrderId);

        internal sealed class State : ContainSagaData
        {
            public Guid OrderId { get; set; }

            public List<string> Log { get; set; } = [];

            public decimal Total { get; set; }

            public string Customer { get; set; } = "";

            public bool TimedOut { get; set; }
        }
    }

    abstract class SagaOfNumbers : Saga<SagaOfNumbers.State>, IAmStartedByMessages<SagaOfNumbers.Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Number).ToMessage<Begin>(message => message.Number);

        internal sealed record Begin(string Number);

        internal sealed class State : ContainSagaData
        {
            public string Number { get; set; } = "";
        }
    }

    [SqlSaga(correlationProperty: "Number", tableSuffix: "Orders")]
    sealed class NamedSaga : SagaOfNumbers;

    [SqlSaga(correlationProperty: "Name")]
    sealed class MisnamedSaga : SagaOfNumbers;

    [SqlSaga(transitionalCorrelationProperty: "Name")]
    sealed class MovingSaga : SagaOfNumbers;
}

using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteOutboxTests(TestContext test) : OutboxContract(test)
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Without_an_outbox_nothing_is_remembered()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetMessageId("1");

        await scenario.Session("Sales").Send(new AnswerMessage("a"), options, Cancellation);
        await scenario.Session("Sales").Send(new AnswerMessage("a"), options, Cancellation);

        await scenario.Notes.Until<AnswerMessage>(2, Cancellation);
        await using var transport = Open();
        Assert.AreEqual(0, ((SqliteQueues)transport).File.Read(db => db.Number("SELECT count(*) FROM sqlite_master WHERE name LIKE '%Outbox%'")));
    }

    [TestMethod]
    public void An_isolation_level_at_which_two_copies_could_both_be_handled_is_refused()
    {
        var outbox = new EndpointConfiguration("Sales").EnableOutbox();

        outbox.TransactionIsolationLevel(System.Data.IsolationLevel.Serializable);
        Assert.ThrowsExactly<ArgumentException>(() => outbox.TransactionIsolationLevel(System.Data.IsolationLevel.ReadUncommitted));
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Microsoft.Data.Sqlite;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Faults;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class OwnTransactionTests(TestContext test) : BusContract(test)
{
    [Scenario(137)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_handler_wrote_on_its_own_transaction_is_undone_when_the_commit_fails()
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ((SqliteBus)Bus).Path, Pooling = false }.ToString());
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE Bookings (Text TEXT NOT NULL)";
        await command.ExecuteNonQueryAsync(Cancellation);
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<BookAndSendNowhereHandler>()));
        await scenario.Session("Sales").SendLocal(new BookAndSendNowhereCommand(), Cancellation);
        await Parked();
        command.CommandText = "SELECT count(*) FROM Bookings";
        Assert.AreEqual(0L, await command.ExecuteScalarAsync(Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_does_not_wait_for_a_transaction_that_it_began_in_a_method_of_its_own()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<BeginDeepAndSendNowHandler>()));

        await scenario.Session("Sales").SendLocal(new BeginDeepAndSendNowCommand(), Cancellation);

        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], "wait for itself");
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

sealed record BeginDeepAndSendNowCommand;

sealed class BeginDeepAndSendNowHandler : IHandleMessages<BeginDeepAndSendNowCommand>
{
    public async Task Handle(BeginDeepAndSendNowCommand message, IMessageHandlerContext context)
    {
        await Begin(context);
        var options = new SendOptions();
        options.RequireImmediateDispatch();
        options.RouteToThisEndpoint();
        await context.Send(new AnswerMessage("now"), options);
    }

    static async Task Begin(IMessageHandlerContext context)
    {
        await Task.Yield();
        _ = context.SynchronizedStorageSession.SqlPersistenceSession().Connection;
    }
}

sealed record BookAndSendNowhereCommand;

sealed class BookAndSendNowhereHandler : IHandleMessages<BookAndSendNowhereCommand>
{
    public async Task Handle(BookAndSendNowhereCommand message, IMessageHandlerContext context)
    {
        var sql = context.SynchronizedStorageSession.SqlPersistenceSession();
        await BookHandler.Write(sql.Connection, sql.Transaction, "Bookings", "never");
        await context.Send("Nowhere", new AnswerMessage("never"));
    }
}

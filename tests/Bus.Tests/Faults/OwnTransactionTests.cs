using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Microsoft.Data.Sqlite;
using NServiceBus;

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

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
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

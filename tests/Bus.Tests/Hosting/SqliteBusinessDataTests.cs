using System.Runtime.CompilerServices;
using Dovetail.Bus.Tests.Conformance;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Business data in the bus's own commit.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteBusinessDataTests(TestContext test) : BusContract(test)
{
    [Scenario(136, 137, 138)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(Booking.ByCallback, DisplayName = "written by a callback in the commit")]
    [DataRow(Booking.ByStatement, DisplayName = "written by a callback, as there are no statements of commits")]
    [DataRow(Booking.OnOwnTransaction, DisplayName = "written on a transaction of the handler's own")]
    public async Task Data_and_messages_of_a_handler_commit_together_or_not_at_all(Booking how)
    {
        await CreateTable();
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<BookHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new BookCommand("failed", how, Fails: true), Cancellation);
        await Parked();
        await scenario.Session("Sales").SendLocal(new BookCommand("booked", how, Fails: false), Cancellation);

        Assert.AreEqual("booked", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        CollectionAssert.AreEqual(new[] { "booked" }, await Booked());
    }

    [Scenario(138)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_callback_that_fails_aborts_the_commit_with_everything_in_it()
    {
        await CreateTable();
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<BookHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new BookCommand("no such thing", Booking.ByCallback, Fails: false, Table: "Nowhere"), Cancellation);
        await Parked();

        Assert.IsEmpty(scenario.Notes.Of<AnswerMessage>());
        Assert.IsEmpty(await Booked());
    }

    [Scenario(185)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Data_and_first_message_of_a_session_commit_together()
    {
        await CreateTable();
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        using var scope = scenario.Services.CreateScope();
        await using var session = Scenario.TransactionalSession(scope, "Sales");
        await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
        session.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges((sql, _) => BookHandler.Write(sql.Connection, sql.Transaction, "Bookings", "by session"));
        await session.Send("Sales", new AnswerMessage("by session"), Cancellation);

        await session.Commit(Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        CollectionAssert.AreEqual(new[] { "by session" }, await Booked());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_store_that_is_away_costs_no_retry()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<WaitingHandler>();
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        ));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        // Another process writes for longer than anybody waits for it: the commit fails, and the message is handled again.
        await using (var connection = await Connect())
        {
            await using var transaction = connection.BeginTransaction();
            scenario.Notes.Gate("partner").SetResult();
            await scenario.Notes.Until<WaitCommand>(2, Cancellation);
        }

        await Settled("Sales");
        await using var transport = Open();
        await transport.CreateQueues(["error"], Cancellation);
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();

    async Task<SqliteConnection> Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ((SqliteBus)Bus).Path, Pooling = false }.ToString());
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    async Task CreateTable()
    {
        await using var connection = await Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE Bookings (Text TEXT NOT NULL)";
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    async Task<string[]> Booked()
    {
        await using var connection = await Connect();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT Text FROM Bookings";
        var booked = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation)) booked.Add(reader.GetString(0));
        return [.. booked];
    }
}

public enum Booking
{
    ByCallback,
    ByStatement,
    OnOwnTransaction,
}

sealed record BookCommand(string Text, Booking How, bool Fails, string Table = "Bookings");

sealed class BookHandler : IHandleMessages<BookCommand>
{
    public async Task Handle(BookCommand message, IMessageHandlerContext context)
    {
        var sql = context.SynchronizedStorageSession.SqlPersistenceSession();
        if (message.How == Booking.OnOwnTransaction) await Write(sql.Connection, sql.Transaction, message.Table, message.Text);
        else if (message.How == Booking.ByCallback || !sql.TryWrite(message.Table, Statement(message.Table, message.Text))) sql.OnSaveChanges((saving, _) => Write(saving.Connection, saving.Transaction, message.Table, message.Text));
        await context.SendLocal(new AnswerMessage(message.Text));
        if (message.Fails) throw new InvalidOperationException("after writing and sending");
    }

    /// <summary>What becomes a statement of the commit.</summary>
    public static FormattableString Statement(string table, string? text) => FormattableStringFactory.Create($"INSERT INTO {table} (Text) VALUES ({{0}})", text);

    public static async Task Write(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction transaction, string table, string text)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"INSERT INTO {table} (Text) VALUES ('{text}')";
        await command.ExecuteNonQueryAsync();
    }
}

using System.Runtime.CompilerServices;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NServiceBus;
using NServiceBus.Persistence.Sql;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Business data in the bus's own commit.</summary>
public abstract class PostgreSqlBusinessDataContract(TestContext test) : BusContract(test)
{
    private protected abstract PostgreSqlSchema Schema { get; }

    string Table => $"\"{Schema.Name}\".Bookings";

    [Scenario(136, 137, 138)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(Booking.ByCallback, DisplayName = "written by a callback in the commit")]
    [DataRow(Booking.ByStatement, DisplayName = "written by a statement of the commit")]
    [DataRow(Booking.OnOwnTransaction, DisplayName = "written on a transaction of the handler's own")]
    public async Task Data_and_messages_of_a_handler_commit_together_or_not_at_all(Booking how)
    {
        await using var scenario = await StartSales();

        await scenario.Session("Sales").SendLocal(new BookCommand("failed", how, Fails: true, Table), Cancellation);
        await Parked();
        await scenario.Session("Sales").SendLocal(new BookCommand("booked", how, Fails: false, Table), Cancellation);

        Assert.AreEqual("booked", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        Assert.AreEqual("booked", Booked());
    }

    [Scenario(138)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(Booking.ByCallback)]
    [DataRow(Booking.ByStatement)]
    public async Task A_write_that_fails_aborts_the_commit_with_everything_in_it(Booking how)
    {
        await using var scenario = await StartSales();

        await scenario.Session("Sales").SendLocal(new BookCommand("no such thing", how, Fails: false, Table: "Nowhere"), Cancellation);
        await Parked();

        Assert.IsEmpty(scenario.Notes.Of<AnswerMessage>());
        Assert.IsNull(Booked());
    }

    [Scenario(185)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Data_and_first_message_of_a_session_commit_together()
    {
        await using var scenario = await StartSales();
        using var scope = scenario.Services.CreateScope();
        await using var session = Scenario.TransactionalSession(scope, "Sales");
        await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
        session.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges((sql, _) => BookHandler.Write(sql.Connection, sql.Transaction, Table, "by session"));
        await session.Send("Sales", new AnswerMessage("by session"), Cancellation);
        Assert.IsNull(Booked());

        await session.Commit(Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        Assert.AreEqual("by session", Booked());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Statements_of_many_commits_travel_together_and_one_that_fails_takes_no_other_along()
    {
        await using var scenario = await StartSales();
        Schema.Execute($"ALTER TABLE {Table} ADD UNIQUE (Text)");

        var commits = await Task.WhenAll(Enumerable.Range(0, 60).Select(async number =>
        {
            using var scope = scenario.Services.CreateScope();
            await using var session = Scenario.TransactionalSession(scope, "Sales");
            await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
            var sql = session.SynchronizedStorageSession.SqlPersistenceSession();
            var text = $"{number % 50:D2}";
            Assert.IsTrue(sql.TryWrite(text, BookHandler.Statement(Table, $"{text}, to be, {number}")));
            Assert.IsTrue(sql.TryWrite(text, FormattableStringFactory.Create($"UPDATE {Table} SET Text = coalesce({{0}}, {{1}}) WHERE Text = {{2}}", null, text, $"{text}, to be, {number}")));
            try
            {
                await session.Commit(Cancellation);
                return true;
            }
            catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                return false;
            }
            finally
            {
                Assert.ThrowsExactly<InvalidOperationException>(() => sql.TryWrite(text, BookHandler.Statement(Table, text)));
            }
        }));

        Assert.AreEqual(50, commits.Count(done => done));
        Assert.AreEqual(50L, Schema.Maybe<long>($"SELECT count(*) FROM {Table} WHERE Text LIKE '__'"));
        Assert.AreEqual(50L, Schema.Maybe<long>($"SELECT count(*) FROM {Table}"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_database_that_fails_a_callback_and_is_not_the_bus_s_costs_a_retry()
    {
        await using var scenario = await StartSales();
        using var scope = scenario.Services.CreateScope();
        await using var session = Scenario.TransactionalSession(scope, "Sales");
        await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
        session.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges(async (_, cancellation) =>
        {
            await using var elsewhere = new NpgsqlConnection("Host=127.0.0.1;Port=1;Username=nobody;Timeout=1");
            await elsewhere.OpenAsync(cancellation);
        });

        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => session.Commit(Cancellation));

        StringAssert.Contains(failure.Message, "not the bus's");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_session_that_has_ended_gives_no_connection_any_more()
    {
        await using var scenario = await StartSales();
        using var scope = scenario.Services.CreateScope();
        var session = Scenario.TransactionalSession(scope, "Sales");
        await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
        var sql = session.SynchronizedStorageSession.SqlPersistenceSession();
        var (connection, transaction) = sql;
        await BookHandler.Write(connection, transaction, Table, "given up");

        await session.DisposeAsync();

        Assert.ThrowsExactly<InvalidOperationException>(() => sql.Connection);
        Assert.IsNull(Booked());
    }

    async Task<Scenario> StartSales()
    {
        Schema.Execute($"CREATE TABLE {Table} (Text text NOT NULL)");
        return await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<BookHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
    }

    string? Booked() => Schema.Maybe<string>($"SELECT string_agg(Text, ',') FROM {Table} HAVING count(*) > 0");
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlBusinessDataTests(TestContext test) : PostgreSqlBusinessDataContract(test)
{
    private protected override PostgreSqlSchema Schema => ((PostgreSqlBus)Bus).Schema;

    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlBusinessDataApartTests(TestContext test) : PostgreSqlBusinessDataContract(test)
{
    private protected override PostgreSqlSchema Schema => ((PostgreSqlStoreBus)Bus).Schema;

    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

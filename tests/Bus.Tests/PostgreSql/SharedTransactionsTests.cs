using Dovetail.Bus.Sql.PostgreSql;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Tests.Conformance;
using Npgsql;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Transactions that many share lock what many change, and must not wait for each other in a circle: the database takes a second to notice, in which nothing of the process is committed.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class SharedTransactionsTests(TestContext test)
{
    [TestMethod]
    public void What_locks_something_comes_last_in_the_order_of_what_it_locks()
    {
        var text = new StatementText("UPDATE", Kind.Text);
        var rows = new StatementText("INSERT", TakesRows: true, Kind.Text);

        var gathered = Batches.Gather([Locking("b", 1), text.With("free"), Locking("a", 1), rows.With("row"), Locking("b", 2), rows.With("another")]);

        CollectionAssert.AreEqual(new[] { "row+another", "free", "a1", "b1", "b2" }, gathered.Select(together => string.Join('+', together.Select(statement => statement.Values[0]))).ToList());

        Statement Locking(string what, int step) => text.With($"{what}{step}") with { Locks = what };
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Changes_of_the_same_things_in_any_order_never_wait_in_a_circle()
    {
        const int things = 4;
        const int rounds = 300;
        var name = $"test_{Guid.NewGuid():N}";
        var place = new NpgsqlConnectionStringBuilder(Servers.Postgres) { Database = name, Pooling = false }.ToString();
        await Ask(Servers.Postgres, $"CREATE DATABASE {name}");
        try
        {
            await Ask(place, $"CREATE TABLE things AS SELECT id, 0 AS changes FROM generate_series(1, {things}) AS id");
            await using (var database = Database.Open(new PostgreSqlDialect(), Connections.By(() => new NpgsqlConnection(place)), TimeProvider.System))
            {
                var change = new StatementText("UPDATE things SET changes = changes + 1 WHERE id = $1", Kind.Integer);
                for (var round = 0; round < rounds; round++)
                {
                    // As many as fill one transaction and more, so that two are under way.
                    await Task.WhenAll(Enumerable.Range(0, 100).Select(number => database.Change([.. Both(number).Select(id => change.With(id) with { Locks = $"{id}" })])));
                    test.CancellationToken.ThrowIfCancellationRequested();
                }
            }

            Assert.AreEqual(rounds * 200L, await Ask(place, "SELECT sum(changes) FROM things"));
            Assert.AreEqual(0L, await Ask(Servers.Postgres, $"SELECT deadlocks FROM pg_stat_database WHERE datname = '{name}'"));
        }
        finally
        {
            await Ask(Servers.Postgres, $"DROP DATABASE {name} WITH (FORCE)");
        }

        static int[] Both(int number) => (number % things, (number + 1 + number / things % (things - 1)) % things) is var (one, other) ? [one + 1, other + 1] : [];
    }

    async Task<object?> Ask(string place, string sql)
    {
        await using var connection = new NpgsqlConnection(place);
        await connection.OpenAsync(test.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(test.CancellationToken);
    }
}

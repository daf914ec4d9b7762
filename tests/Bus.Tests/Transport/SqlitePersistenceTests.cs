using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;

namespace Dovetail.Bus.Tests.Transport;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqlitePersistenceTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: false)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Of_sagas_of_an_older_version_it_is_not_known_since_when_they_go_on()
    {
        await Prepare();
        await Commit(Begin(Orders, OrderOf("old")));
        await File.Run((db, _) => Task.FromResult(db.Execute("UPDATE Sales_Europe_Order SET Metadata = json_remove(Metadata, '$.\"Dovetail.Began\"')")), Cancellation);
        Assert.IsNull(await Store.FindOldestSaga(Orders, Cancellation));
        var since = TimeProvider.System.GetUtcNow();

        await Commit(Begin(Orders, OrderOf("new")));

        Assert.IsGreaterThanOrEqualTo(since, (await Store.FindOldestSaga(Orders, Cancellation))!.Value);
        Assert.IsNotNull(await Find(Orders, "old"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_a_clock_that_was_ahead_has_stamped_keeps_nothing_else_from_being_forgotten()
    {
        await Prepare();
        var now = TimeProvider.System.GetUtcNow();
        await File.Run((db, _) =>
        {
            for (var row = 1; row <= 20; row++)
                db.Execute("INSERT INTO Sales_Europe_OutboxData (MessageId, Dispatched, DispatchedAt, PersistenceVersion, Operations) VALUES ($id, 1, $at, '1', '[]')",
                    ("$id", $"m-{row}"), ("$at", now.AddDays(row <= 10 ? 300 : -300).ToUnixTimeMilliseconds()));
            return Task.FromResult(true);
        }, Cancellation);

        Assert.AreEqual(8, await Store.ForgetDispatched(now.AddDays(-1), 8, Cancellation));
        Assert.AreEqual(2, await Store.ForgetDispatched(now.AddDays(-1), 8, Cancellation));
        Assert.IsNotNull(await Store.FindOutbox("m-10", Cancellation));
        Assert.IsNull(await Store.FindOutbox("m-11", Cancellation));
    }

    SqliteFile File => ((SqliteQueues)Opened.Transport).File;

    private protected override StoreUnderTest Open() => new(new SqliteBus());
}

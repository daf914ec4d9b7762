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

    SqliteFile File => ((SqliteQueues)Opened.Transport).File;

    private protected override StoreUnderTest Open() => new(new SqliteBus());
}

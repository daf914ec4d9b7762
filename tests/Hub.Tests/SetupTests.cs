using Dovetail.Hub.Commands;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Setup;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class SetupTests(TestContext test) : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-setup-test-");

    string Data => Path.Combine(_folder.FullName, "data");

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_dry_run_says_what_would_be_created_and_creates_nothing()
    {
        var said = await Setup(dryRun: true);

        foreach (var line in new[] { "dovetail.db (is not there yet)", "  + queue Sagas", "  + queue Desk", "  + queue error", "  + table ShopOrders", "  + table DeskTasks", "  + table Operations", "  + table ApiKeys" }) StringAssert.Contains(said, line, StringComparison.Ordinal);
        Assert.IsFalse(said.Contains("Sagas.Claims", StringComparison.Ordinal), "The parts of a queue are no tables of their own.");
        Assert.IsFalse(Directory.Exists(Data), "A dry run left something behind.");
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_was_said_is_created_and_nothing_is_left_for_the_second_time()
    {
        StringAssert.Contains(await Setup(dryRun: false), "  + queue Sagas", StringComparison.Ordinal);

        var again = await Setup(dryRun: true);
        Assert.IsFalse(again.Contains("  + ", StringComparison.Ordinal), again);
        StringAssert.Contains(again, "    queue Sagas", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_hub_that_starts_afterwards_has_nothing_to_create()
    {
        await Setup(dryRun: false);
        using var configuration = HubConfiguration.Read(Settings);
        var before = Described(configuration);

        await using (var hub = await RunningHub.Start(HubConfiguration.Read([.. Settings, new("Hub:Roles", string.Join(',', RunningHub.AllRoles)), new("Hub:Addresses:Gateway", "http://127.0.0.1:0")]), test.CancellationToken))
            await hub.Stop(test.CancellationToken);

        Assert.AreEqual(before, Described(configuration));
    }

    IReadOnlyList<KeyValuePair<string, string?>> Settings => [new("Hub:Folder", Data), new("Logging:Console:LogLevel:Default", "None")];

    async Task<string> Setup(bool dryRun)
    {
        await using var says = new StringWriter();
        Assert.AreEqual(0, await SetupCommand.Run(dryRun, Settings, says, test.CancellationToken));
        return says.ToString();
    }

    static string Described(IConfiguration configuration) => string.Join('\n', Files.Of(configuration).Values.Distinct().Select(file =>
        $"{Path.GetFileName(file)}: {string.Join(' ', Contents.Of(file).Queues.Order(StringComparer.Ordinal))} | {string.Join(' ', Contents.Of(file).Tables.Order(StringComparer.Ordinal))}"));
}

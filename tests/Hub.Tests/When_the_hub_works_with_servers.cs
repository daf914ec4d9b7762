using Dovetail.Hub.Commands;
using Dovetail.Hub.Doctor;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class When_the_hub_works_with_servers(TestContext test) : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-servers-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Setup_says_what_is_missing_on_broker_and_database_and_creates_it() => await SetUp(await Place.OnRabbitMQAndPostgreSql(test.CancellationToken), "queues on RabbitMQ test-");

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Setup_says_what_is_missing_in_a_database_that_has_the_queues_too() => await SetUp(await Place.OnPostgreSql(test.CancellationToken), "  + table SubscriptionRouting");

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task The_doctor_asks_both_and_names_the_one_that_does_not_answer()
    {
        await using var place = await Place.OnRabbitMQAndPostgreSql(test.CancellationToken);

        var well = await Examine(place.Settings);
        Assert.IsTrue(well.All(finding => finding.IsWell), string.Join('\n', well.Select(finding => finding.Says)));
        CollectionAssert.IsSubsetOf(new[] { "database", "database of keys", "database of messages", "broker" }, well.Select(finding => finding.Subject).ToList());

        var nobody = await Examine([.. place.Settings, ("ConnectionStrings:RabbitMQ", "amqp://guest:secret@127.0.0.1:9/test"), ("Gateway:Database", "Host=127.0.0.1;Port=9;Database=keys;Password=secret")]);
        Assert.AreEqual("broker, database of keys", string.Join(", ", nobody.Where(finding => !finding.IsWell && finding.Subject != "gateway keys").Select(finding => finding.Subject).Order(StringComparer.Ordinal)));
        Assert.IsFalse(string.Concat(nobody).Contains("secret", StringComparison.Ordinal));
    }

    [TestMethod]
    [DataRow("Host=db;Passwort=x", null, "ConnectionStrings:Dovetail is no connection string of PostgreSQL")]
    [DataRow("Data Source=data/dovetail.db", "amqp://rabbit", "ConnectionStrings:RabbitMQ is set, but ConnectionStrings:Dovetail names a file")]
    [DataRow("Host=db;Database=dovetail", "rabbit:5672", "ConnectionStrings:RabbitMQ is no address of a broker")]
    public void Connection_strings_that_can_not_be_are_named_with_what_would_be_right(string database, string? broker, string fault)
    {
        using var configuration = HubConfiguration.Read([new("Hub:Folder", _folder.FullName), new("ConnectionStrings:Dovetail", database), new("ConnectionStrings:RabbitMQ", broker)]);

        StringAssert.StartsWith(SettingsCheck.Faults(configuration, new HashSet<string>()).Single(), fault, StringComparison.Ordinal);
    }

    async Task SetUp(Place anywhere, string said)
    {
        await using var place = anywhere;
        var before = await Setup(place, dryRun: true);
        foreach (var line in new[] { "PostgreSQL test_", said, "  + queue Sagas", "  + queue error", "  + table ShopOrders", "  + table Operations", "  + table ApiKeys", "  + table Messages" }) StringAssert.Contains(before, line, StringComparison.Ordinal);
        Assert.IsFalse(before.Contains("Username", StringComparison.Ordinal), before);
        Assert.AreEqual(before, await Setup(place, dryRun: true), "A dry run left something behind.");

        await Setup(place, dryRun: false);
        var after = await Setup(place, dryRun: true);
        Assert.IsFalse(after.Contains("  + ", StringComparison.Ordinal), after);
    }

    async Task<string> Setup(Place place, bool dryRun)
    {
        await using var says = new StringWriter();
        Assert.AreEqual(0, await SetupCommand.Run(dryRun, Settings(place.Settings), says, test.CancellationToken));
        return says.ToString();
    }

    Task<IReadOnlyList<Finding>> Examine(IEnumerable<(string Key, string Value)> settings) => Examination.Of(Settings(settings), TimeProvider.System, test.CancellationToken);

    List<KeyValuePair<string, string?>> Settings(IEnumerable<(string Key, string Value)> settings) =>
    [
        new("Hub:Folder", _folder.FullName), new("Hub:Addresses:Gateway", "http://127.0.0.1:0"), new("Logging:Console:LogLevel:Default", "None"),
        .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
    ];
}

using System.Text;
using Dovetail.Bus.Tests;
using Dovetail.Gateway.Keys;
using Microsoft.Data.Sqlite;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class ApiKeysTests(TestContext test) : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("keys-").FullName;
    readonly FakeTime _time = new();

    string File => Path.Combine(_folder, "new", "gateway.db");

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_created_key_is_found_with_its_client_and_roles()
    {
        using var keys = Open();

        var created = await keys.Create("partner", "orders from the ERP", [Roles.Shop, Roles.Support], expires: null, test.CancellationToken);
        var found = await keys.Find(created.Key, test.CancellationToken);

        Assert.StartsWith("dvt_", created.Key);
        Assert.AreEqual(created.Id, found?.Id);
        Assert.AreEqual("partner", found?.Client);
        Assert.AreEqual("orders from the ERP", found?.Name);
        Assert.AreEqual("shop support", string.Join(' ', found!.Roles));
        Assert.AreEqual(_time.GetUtcNow(), found.Created);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_clear_key_is_stored_nowhere()
    {
        using var keys = Open();

        var created = await keys.Create("partner", "orders", [Roles.Shop], expires: null, test.CancellationToken);

        CloseFile();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(File)!))
            Assert.DoesNotContain(created.Key, Encoding.Latin1.GetString(await System.IO.File.ReadAllBytesAsync(file, test.CancellationToken)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Two_keys_in_force_let_a_client_change_over_and_a_third_has_to_wait()
    {
        using var keys = Open();
        var old = await keys.Create("partner", "first", [Roles.Shop], expires: null, test.CancellationToken);
        await keys.Create("partner", "second", [Roles.Shop], expires: null, test.CancellationToken);

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => keys.Create("partner", "third", [Roles.Shop], expires: null, test.CancellationToken));
        await keys.Revoke(old.Id, test.CancellationToken);
        var third = await keys.Create("partner", "third", [Roles.Shop], expires: null, test.CancellationToken);

        Assert.Contains(old.Id, refused.Message);
        Assert.IsNotNull(await keys.Find(third.Key, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_expired_key_makes_room_for_another()
    {
        using var keys = Open();
        await keys.Create("partner", "first", [Roles.Shop], _time.GetUtcNow().AddDays(1), test.CancellationToken);
        await keys.Create("partner", "second", [Roles.Shop], _time.GetUtcNow().AddDays(1), test.CancellationToken);

        _time.Advance(TimeSpan.FromDays(1));
        await keys.Create("partner", "third", [Roles.Shop], expires: null, test.CancellationToken);

        Assert.HasCount(3, await keys.List(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_known_key_is_ensured_once_whatever_the_number_of_starts()
    {
        foreach (var roles in new[] { new[] { Roles.Shop }, [Roles.Shop], [Roles.Support] })
        {
            using var keys = Open();
            await keys.Ensure("a-key-from-the-settings", "demo", roles, test.CancellationToken);
        }

        using var reopened = Open();
        var only = Assert.ContainsSingle(await reopened.List(test.CancellationToken));
        Assert.AreEqual(Roles.Support, only.Roles.Single());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_revoked_key_stays_revoked_although_it_is_ensured_again()
    {
        using var keys = Open();
        await keys.Ensure("a-key-from-the-settings", "demo", [Roles.Shop], test.CancellationToken);
        var id = (await keys.List(test.CancellationToken)).Single().Id;

        var first = await keys.Revoke(id, test.CancellationToken);
        var second = await keys.Revoke(id, test.CancellationToken);
        await keys.Ensure("a-key-from-the-settings", "demo", [Roles.Shop], test.CancellationToken);

        Assert.IsTrue(first);
        Assert.IsFalse(second);
        Assert.IsNotNull((await keys.Find("a-key-from-the-settings", test.CancellationToken))?.Revoked);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_forgotten_key_opens_nothing_and_may_come_back()
    {
        using var keys = Open();
        await keys.Ensure("a-key-from-the-settings", "demo", [Roles.Shop], test.CancellationToken);

        await keys.Forget("a-key-from-the-settings", test.CancellationToken);
        Assert.IsNull(await keys.Find("a-key-from-the-settings", test.CancellationToken));

        await keys.Ensure("a-key-from-the-settings", "demo", [Roles.Shop], test.CancellationToken);
        Assert.IsNotNull(await keys.Find("a-key-from-the-settings", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("short", "demo", Roles.Shop)]
    [DataRow("a key with blanks in it", "demo", Roles.Shop)]
    [DataRow("a-key-from-the-settings", " ", Roles.Shop)]
    [DataRow("a-key-from-the-settings", "demo", "admin")]
    public async Task A_key_that_could_not_work_is_refused(string key, string client, string role)
    {
        using var keys = Open();

        await Assert.ThrowsExactlyAsync<ArgumentException>(() => keys.Ensure(key, client, [role], test.CancellationToken));

        Assert.IsEmpty(await keys.List(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task One_key_cannot_serve_two_clients()
    {
        using var keys = Open();
        await keys.Ensure("a-key-from-the-settings", "demo", [Roles.Shop], test.CancellationToken);

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => keys.Ensure("a-key-from-the-settings", "other", [Roles.Shop], test.CancellationToken));

        Assert.DoesNotContain("a-key-from-the-settings", refused.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_table_finds_room_in_a_file_that_has_others()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await using (var connection = new SqliteConnection($"Data Source={File}"))
        {
            await connection.OpenAsync(test.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE Orders (Id TEXT)";
            await command.ExecuteNonQueryAsync(test.CancellationToken);
        }

        using var keys = Open();

        Assert.IsEmpty(await keys.List(test.CancellationToken));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Gateways_that_share_a_server_start_together_and_know_the_same_keys()
    {
        await using var database = await OwnDatabase.Create(test.CancellationToken);
        using var first = new ApiKeys(database.ConnectionString, _time);
        using var second = new ApiKeys(database.ConnectionString, _time);

        await Task.WhenAll(new[] { first, second, first, second }.Select(keys => Task.Run(() => keys.Ensure("a-key-from-the-settings", "demo", [Roles.Shop, Roles.Support], test.CancellationToken))));
        var created = await first.Create("partner", "orders", [Roles.Shop], _time.GetUtcNow().AddDays(1), test.CancellationToken);
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => second.Ensure("a-key-from-the-settings", "other", [Roles.Shop], test.CancellationToken));
        await second.Create("partner", "second", [Roles.Shop], expires: null, test.CancellationToken);
        var refused = await Task.WhenAll(Enumerable.Range(0, 4).Select(async number =>
        {
            try
            {
                await (number % 2 == 0 ? first : second).Create("newcomer", $"{number}", [Roles.Shop], expires: null, test.CancellationToken);
                return false;
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }));

        Assert.AreEqual("partner", (await second.Find(created.Key, test.CancellationToken))?.Client);
        Assert.AreEqual("shop support", string.Join(' ', (await first.Find("a-key-from-the-settings", test.CancellationToken))!.Roles));
        Assert.AreEqual(2, refused.Count(was => was), "Two keys in force, whichever gateway made them.");
        Assert.IsTrue(await second.Revoke(created.Id, test.CancellationToken));
        Assert.IsNotNull((await second.Find(created.Key, test.CancellationToken))!.Revoked);
    }

    public void Dispose()
    {
        CloseFile();
        Directory.Delete(_folder, recursive: true);
    }

    void CloseFile()
    {
        using var connection = new SqliteConnection($"Data Source={File}");
        SqliteConnection.ClearPool(connection);
    }

    ApiKeys Open() => new($"Data Source={File}", _time);
}

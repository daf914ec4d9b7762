using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class SandboxLedgerTests(TestContext test)
{
    sealed record Parcel(string OrderId, int Weight);

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_was_flushed_is_there_after_a_restart_in_the_same_order()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledger = host.Services.GetRequiredService<SandboxLedger>();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(n => Task.Run(() => ledger.Save("posts", $"p-{n}", new Parcel($"A-{n}", n)))));
        ledger.Save("posts", "p-7", new Parcel("A-7", 777));
        await ledger.Flushed();
        var before = ledger.All<Parcel>("posts");

        await host.Restart(test.CancellationToken);

        var after = host.Services.GetRequiredService<SandboxLedger>();
        Assert.AreEqual(777, after.Find<Parcel>("posts", "p-7")!.Weight);
        Assert.AreSequenceEqual(before, after.All<Parcel>("posts"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_control_api_finds_an_order_and_not_one_whose_id_only_begins_the_same()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledger = host.Services.GetRequiredService<SandboxLedger>();
        ledger.Save("posts", "1", new Parcel("A-1", 1));
        ledger.Save("posts", "2", new Parcel("A-10", 2));
        ledger.Save("posts", "3", new Parcel("A-1/shipment/1", 3));

        var documents = await host.Documents("posts", "A-1", test.CancellationToken);

        Assert.AreSequenceEqual([1, 3], documents.Select(document => (int)document!["weight"]!));
    }
}

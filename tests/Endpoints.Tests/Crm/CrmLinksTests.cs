using Dovetail.Endpoints.Crm;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Crm;

[TestClass]
public sealed class CrmLinksTests(TestContext test)
{
    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_one_process_holds_another_gets_when_it_lets_go()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var (first, second) = (Links(host), Links(host));
        var working = new TaskCompletionSource<string>();
        var held = new TaskCompletionSource();
        var holding = first.Hold("deal A-1", (link, _) =>
        {
            held.SetResult();
            return working.Task;
        }, test.CancellationToken);
        await held.Task;

        var waiting = second.Hold("deal A-1", (link, _) => Task.FromResult("second"), test.CancellationToken);
        Assert.AreEqual("other", await second.Hold("deal A-2", (link, _) => Task.FromResult("other"), test.CancellationToken));
        Assert.IsFalse(waiting.IsCompleted);

        working.SetResult("first");
        Assert.AreEqual(("first", "second"), (await holding, await waiting));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_a_killed_process_held_is_free_when_its_lease_is_over_and_what_it_learnt_is_kept()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var killed = Links(host);
        var learnt = new TaskCompletionSource();
        _ = killed.Hold<string>("deal A-1", async (link, held) =>
        {
            link.VendorId = "31";
            await killed.Keep(link, held);
            learnt.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, held);
            return "never";
        }, test.CancellationToken);
        await learnt.Task;

        var next = Links(host).Hold("deal A-1", (link, _) => Task.FromResult(link.VendorId), test.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(24));
        Assert.IsFalse(next.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.AreEqual("31", await next);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_was_overtaken_neither_goes_on_nor_overwrites()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var (slow, fast) = (Links(host), Links(host));

        var overtaken = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => slow.Hold("deal A-1", async (link, held) =>
        {
            _clock.Advance(TimeSpan.FromSeconds(25));
            await fast.Hold("deal A-1", (other, _) => Task.FromResult(other.VendorId = "fast"), test.CancellationToken);
            link.VendorId = "slow";
            await slow.Keep(link, held);
            return "never";
        }, test.CancellationToken));

        Assert.Contains("another one took over the deal A-1", overtaken.Message);
        Assert.AreEqual("fast", await slow.Find("deal A-1", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_table_of_an_older_hub_gets_the_columns_that_it_lacks()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var crm = host.Connect(CrmEndpoint.AddServices);
        await using (var older = await crm.GetRequiredService<IDbContextFactory<CrmContext>>().CreateDbContextAsync(test.CancellationToken))
        {
            await older.Database.ExecuteSqlRawAsync(
                """
                CREATE TABLE CrmLinks (Subject TEXT NOT NULL PRIMARY KEY, VendorId TEXT NULL, AddStarted TEXT NULL, AmountSequence INTEGER NOT NULL, Holder TEXT NULL, HeldUntil TEXT NULL);
                INSERT INTO CrmLinks VALUES ('deal A-1', '31', NULL, 2, NULL, NULL);
                """, test.CancellationToken);
        }

        await crm.GetRequiredService<CrmLinks>().Hold("deal A-1", (link, _) => Task.FromResult(link.Step = DealStep.Paid), test.CancellationToken);

        Assert.AreEqual(("31", DealStep.Paid), await Links(host).Hold("deal A-1", (link, _) => Task.FromResult((link.VendorId!, link.Step!.Value)), test.CancellationToken));
    }

    static CrmLinks Links(SandboxHost host) => host.Connect(CrmEndpoint.AddServices).GetRequiredService<CrmLinks>();
}

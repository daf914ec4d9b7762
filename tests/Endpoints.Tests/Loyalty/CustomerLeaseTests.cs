using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Loyalty;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Loyalty;

[TestClass]
public sealed class CustomerLeaseTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_lease_of_a_process_that_died_runs_out()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var services = host.Connect(LoyaltyEndpoint.AddServices);
        await using (var context = await services.GetRequiredService<IDbContextFactory<LeaseContext>>().CreateDbContextAsync(test.CancellationToken))
        {
            await SqliteDialect.Instance.CreateTables(context, test.CancellationToken);
            var customer = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("CARD-1")));
            await context.Database.OpenConnectionAsync(test.CancellationToken);
            Assert.IsTrue(CustomerLease.Take(new PreparedStatements(context.Database.GetDbConnection(), SqliteDialect.Instance), customer, "the dead", clock.GetUtcNow()));
        }

        var waiting = services.GetRequiredService<CustomerLease>().Hold("CARD-1", _ => Task.FromResult("done"), test.CancellationToken);
        await services.GetRequiredService<CustomerLease>().Hold("CARD-2", _ => Task.FromResult("another customer need not wait"), test.CancellationToken);
        Assert.IsFalse(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(16));

        Assert.AreEqual("done", await waiting);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Work_whose_lease_was_taken_away_is_called_off()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var (first, second) = (host.Connect(LoyaltyEndpoint.AddServices), host.Connect(LoyaltyEndpoint.AddServices));
        var calledOff = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var stalled = first.GetRequiredService<CustomerLease>().Hold("CARD-1", async held =>
        {
            held.Register(calledOff.SetResult);
            started.SetResult();
            await calledOff.Task;
            held.ThrowIfCancellationRequested();
            return "never";
        }, test.CancellationToken);
        await started.Task;

        clock.Advance(TimeSpan.FromSeconds(16));
        await second.GetRequiredService<CustomerLease>().Hold("CARD-1", _ => Task.FromResult("taken over"), test.CancellationToken);

        await Assert.ThrowsExactlyAsync<TimeoutException>(() => stalled);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Work_that_fails_gives_the_lease_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var lease = host.Connect(LoyaltyEndpoint.AddServices).GetRequiredService<CustomerLease>();

        await Assert.ThrowsExactlyAsync<HttpRequestException>(
            () => lease.Hold<string>("CARD-1", _ => throw new HttpRequestException("the vendor is away"), test.CancellationToken));

        Assert.AreEqual("at once", await lease.Hold("CARD-1", _ => Task.FromResult("at once"), test.CancellationToken));
    }
}

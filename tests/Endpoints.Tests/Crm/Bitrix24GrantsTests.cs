using System.Text.Json.Nodes;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Crm;
using Dovetail.Endpoints.Sandbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Crm;

/// <summary>The portal gives each pair of tokens once, and the token to call with is good for an hour.</summary>
[TestClass]
public sealed class Bitrix24GrantsTests(TestContext test)
{
    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task All_processes_share_one_renewal()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var processes = Enumerable.Range(0, 3).Select(_ => Connect(host)).ToList();

        await Task.WhenAll(processes.SelectMany(process => Enumerable.Range(0, 4).Select(_ => Ask(process))));

        Assert.AreEqual(1, await Renewals(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_token_that_ran_out_is_renewed_by_the_newest_refresh_token_also_after_a_restart()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        await Ask(Connect(host));
        _clock.Advance(TimeSpan.FromHours(1));
        await Ask(Connect(host));
        _clock.Advance(TimeSpan.FromHours(1));

        await Ask(Connect(host));

        Assert.AreEqual(3, await Renewals(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_token_that_the_portal_says_has_expired_is_renewed_once_and_the_call_repeated()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var late = host.Connect((services, configuration) =>
        {
            CrmEndpoint.AddServices(services, configuration);
            services.AddSingleton<TimeProvider>(new ManualClock());
        });
        await Ask(late);

        // The hub's clock stands still, the portal's does not.
        _clock.Advance(TimeSpan.FromHours(1));
        await Ask(late);

        Assert.AreEqual(2, await Renewals(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Whom_the_authorisation_server_refuses_is_told_what_to_do_and_a_new_token_in_the_settings_counts()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var refused = await Assert.ThrowsExactlyAsync<RejectedException>(() => Ask(Connect(host, ("Crm:Bitrix24:RefreshToken", "used-up-long-ago"))));
        var unknown = await Assert.ThrowsExactlyAsync<RejectedException>(() => Ask(Connect(host, ("Crm:Bitrix24:ClientSecret", "mistyped-secret"))));

        await Ask(Connect(host));

        Assert.Contains("invalid_grant", refused.Message);
        Assert.Contains("set Crm:Bitrix24:RefreshToken to the token that it gives", refused.Message);
        Assert.DoesNotContain("used-up-long-ago", refused.ToString());
        Assert.Contains("Compare Crm:Bitrix24:ClientId and :ClientSecret", unknown.Message);
        Assert.DoesNotContain("mistyped-secret", unknown.ToString());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task No_token_stands_in_the_table_as_it_is()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var crm = Connect(host);
        await Ask(crm);

        await using var database = await crm.GetRequiredService<IDbContextFactory<GrantContext>>().CreateDbContextAsync(test.CancellationToken);
        var row = await database.Grants.AsNoTracking().SingleAsync(test.CancellationToken);

        var bytes = Convert.FromBase64String(row.Sealed);
        Assert.DoesNotContain("sandbox-", System.Text.Encoding.Latin1.GetString(bytes));
        Assert.DoesNotContain("sandbox-", row.Seed);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_authorisation_server_that_is_down_is_a_matter_of_time()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        host.Pull(new Lever("bitrix24", LeverEffect.FailBefore, Call: "oauth/token", Times: 1));
        var crm = Connect(host);

        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Ask(crm));
        await Ask(crm);
    }

    static ServiceProvider Connect(SandboxHost host, params (string, string?)[] settings) => host.Connect(CrmEndpoint.AddServices, settings);

    async Task Ask(ServiceProvider crm)
    {
        await using var scope = crm.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<Bitrix24Client>().Stages(test.CancellationToken);
    }

    async Task<int> Renewals(SandboxHost host)
    {
        JsonNode application = Assert.ContainsSingle(await host.Documents("bitrix24-application", null, test.CancellationToken))!;
        return (int)application["renewals"]!;
    }
}

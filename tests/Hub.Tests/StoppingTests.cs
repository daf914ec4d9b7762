using System.Net;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Tests.Faults;
using Microsoft.Extensions.Configuration;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class StoppingTests(TestContext test) : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-stop-");

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_role_that_leaves_says_so_at_once_and_serves_until_others_have_noticed()
    {
        using var client = new HttpClient { BaseAddress = Scene.FreeAddress() };
        await using var hub = await Start(("Hub:Roles", "loyalty"), ("Hub:Addresses:Loyalty", client.BaseAddress.ToString()), ("Hub:DrainDelay", "00:00:02"));
        Assert.AreEqual(HttpStatusCode.OK, await Ask(client, "ready"));

        var leaving = hub.Leave();

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, await Ask(client, "ready"));
        Assert.AreEqual(HttpStatusCode.OK, await Ask(client, "live"));
        using var last = await client.GetAsync(new Uri("v1/loyalty/CARD-1", UriKind.Relative), test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Unauthorized, last.StatusCode);
        Assert.IsTrue(last.Headers.ConnectionClose);
        await leaving;
        await hub.Stop(test.CancellationToken);
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Ask(client, "live"));
    }

    [TestMethod]
    public void A_process_that_runs_some_of_the_roles_gives_others_time_to_notice()
    {
        Assert.AreEqual(TimeSpan.Zero, Settings().Drain);
        Assert.AreEqual(TimeSpan.Zero, Settings(("Hub:Roles", "sandbox")).Drain);
        Assert.AreEqual(TimeSpan.FromSeconds(5), Settings(("Hub:Roles", "gateway,shop")).Drain);
        Assert.AreEqual(new StopSettings(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), Settings(("Hub:Roles", "shop"), ("Hub:DrainDelay", "00:00:01"), ("Hub:StopTimeout", "00:00:02")));
    }

    StopSettings Settings(params IEnumerable<(string Key, string Value)> settings)
    {
        using var configuration = Read(settings);
        return StopSettings.Read(configuration);
    }

    async Task<HttpStatusCode> Ask(HttpClient client, string about)
    {
        using var answer = await client.GetAsync(new Uri($"health/{about}", UriKind.Relative), test.CancellationToken);
        return answer.StatusCode;
    }

    Task<RunningHub> Start(params IEnumerable<(string Key, string Value)> settings) => RunningHub.Start(Read(settings), test.CancellationToken);

    ConfigurationManager Read(IEnumerable<(string Key, string Value)> settings) => HubConfiguration.Read(
    [
        new("Hub:Folder", _folder.FullName), new("Hub:Addresses:Sandbox", "http://127.0.0.1:9"), new("Sandbox:SmtpPort", "9"), new("Logging:Console:LogLevel:Default", "None"),
        .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
    ]);
}

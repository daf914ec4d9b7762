using System.Net;
using Dovetail.Bus.Tests;
using Dovetail.Bus.Tests.RabbitMQ;
using Dovetail.Hub.Commands;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Tests.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class When_servers_are_not_there_yet(TestContext test) : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-waiting-");

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod, Timeout(240_000, CooperativeCancellation = true)]
    public async Task A_role_says_what_it_waits_for_and_starts_when_all_of_it_has_come()
    {
        await using var database = OwnDatabase.NotYetThere();
        var (virtualHost, shop) = ($"test-{Guid.NewGuid():N}", Scene.FreeAddress());
        (string, string)[] settings =
        [
            ("Hub:Roles", "shop"), ("Hub:Addresses:Shop", shop.ToString()), ("Bus:Install", "false"),
            ("ConnectionStrings:Dovetail", $"{database.ConnectionString};Password=not-for-logs"), ("ConnectionStrings:RabbitMQ", VirtualHosts.Broker(virtualHost).AbsoluteUri), ("Bus:BrokerManagement", Servers.RabbitMQManagement.AbsoluteUri),
        ];
        using var client = new HttpClient { BaseAddress = shop };
        var starting = Start(settings);

        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        var first = await Says(client, $"Waits for PostgreSQL {name} on 127.0.0.1:");
        StringAssert.Contains(first, "does not exist", StringComparison.Ordinal);
        Assert.IsFalse(first.Contains("not-for-logs", StringComparison.Ordinal), first);
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync(new Uri("health/live", UriKind.Relative), test.CancellationToken)).StatusCode);
        using var refused = await client.PostAsync(new Uri("v1/orders", UriKind.Relative), null, test.CancellationToken);
        Assert.AreEqual("true", refused.Headers.GetValues("Dovetail-Not-Taken").Single());

        await database.Make(test.CancellationToken);
        StringAssert.Contains(await Says(client, $"Waits for RabbitMQ {virtualHost} on "), "not found", StringComparison.Ordinal);

        await VirtualHosts.Make(virtualHost);
        await Says(client, "Waits for what `setup` creates");

        Assert.AreEqual(0, await SetupCommand.Run(dryRun: false, [.. Settings(settings)], TextWriter.Null, test.CancellationToken));
        await using var hub = await starting;
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync(new Uri("health/ready", UriKind.Relative), test.CancellationToken)).StatusCode);
        await hub.Stop(test.CancellationToken);
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task A_role_begins_anew_when_something_breaks_away_in_the_middle_of_its_start()
    {
        await using var place = await Place.OnRabbitMQAndPostgreSql(test.CancellationToken);
        var (shop, management) = (Scene.FreeAddress(), Scene.FreeAddress());
        using var client = new HttpClient { BaseAddress = shop };
        var starting = Start([.. place.Settings, ("Hub:Roles", "Shop"), ("Hub:Addresses:Shop", shop.ToString()), ("Bus:BrokerManagement", management.ToString())]);
        StringAssert.Contains(await Says(client, "Waits for a server"), "rabbitmq-plugins enable rabbitmq_management", StringComparison.Ordinal);

        await using var comes = await Forward(management, Servers.RabbitMQManagement);

        await using var hub = await starting;
        Assert.AreEqual(HttpStatusCode.OK, (await client.GetAsync(new Uri("health/ready", UriKind.Relative), test.CancellationToken)).StatusCode);
        await hub.Stop(test.CancellationToken);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_start_ends_where_a_server_refuses_who_it_is_told_to_be()
    {
        await using var place = await Place.OnRabbitMQAndPostgreSql(test.CancellationToken);
        var settings = place.Settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        var broker = new UriBuilder(settings["ConnectionStrings:RabbitMQ"]) { Password = "mistyped" };

        var database = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Start([.. place.Settings, ("Hub:Roles", "workers"), ("ConnectionStrings:Dovetail", $"{settings["ConnectionStrings:Dovetail"]};Username=nobody;Password=mistyped")]));
        StringAssert.Contains(database.Message, "role \"nobody\" does not exist. Mend ConnectionStrings:Dovetail", StringComparison.Ordinal);
        var queues = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Start([.. place.Settings, ("Hub:Roles", "workers"), ("ConnectionStrings:RabbitMQ", broker.Uri.AbsoluteUri)]));
        StringAssert.Contains(queues.Message, ". Mend ConnectionStrings:RabbitMQ", StringComparison.Ordinal);
        Assert.IsFalse((database.Message + queues.Message).Contains("mistyped", StringComparison.Ordinal), database.Message + queues.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_start_that_waits_can_be_called_off()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
        var gateway = Scene.FreeAddress();
        using var client = new HttpClient { BaseAddress = gateway };
        var starting = RunningHub.Start(
            HubConfiguration.Read(Settings([("Hub:Roles", "gateway"), ("Hub:Addresses:Gateway", gateway.ToString()), ("Gateway:Database", "Host=127.0.0.1;Port=9;Database=keys"), .. GatewayRoles("http://127.0.0.1:9")])), enough.Token);
        await Says(client, "Waits for PostgreSQL keys on 127.0.0.1:9");

        await enough.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => starting);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri("health/live", UriKind.Relative), test.CancellationToken));
    }

    /// <summary>What the role tells of itself once it begins with these words.</summary>
    async Task<string> Says(HttpClient role, string beginning)
    {
        while (true)
        {
            try
            {
                using var answer = await role.GetAsync(new Uri("health/ready", UriKind.Relative), test.CancellationToken);
                var says = await answer.Content.ReadAsStringAsync(test.CancellationToken);
                if (says.StartsWith(beginning, StringComparison.Ordinal) && answer.StatusCode == HttpStatusCode.ServiceUnavailable) return says;
            }
            catch (HttpRequestException)
            {
                // It has not begun to listen.
            }
            await Task.Delay(Pause, TimeProvider.System, test.CancellationToken);
        }
    }

    async Task<WebApplication> Forward(Uri from, Uri to)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(from.ToString());
        var app = builder.Build();
        var client = new HttpClient { BaseAddress = to };
        app.Lifetime.ApplicationStopped.Register(client.Dispose);
        app.Run(async context =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, context.Request.Path.Value);
            request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers.Authorization.ToString());
            using var answer = await client.SendAsync(request, context.RequestAborted);
            (context.Response.StatusCode, context.Response.ContentType) = ((int)answer.StatusCode, "application/json");
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        await app.StartAsync(test.CancellationToken);
        return app;
    }

    static IEnumerable<(string, string)> GatewayRoles(string address) => Gateway.GatewayRole.Behind.Select(role => ($"Gateway:Destinations:{role}", address));

    Task<RunningHub> Start(IEnumerable<(string Key, string Value)> settings) => RunningHub.Start(HubConfiguration.Read(Settings(settings)), test.CancellationToken);

    IEnumerable<KeyValuePair<string, string?>> Settings(IEnumerable<(string Key, string Value)> settings) =>
    [
        new("Hub:Folder", _folder.FullName), new("Hub:DrainDelay", "00:00:00"), new("Hub:Addresses:Sandbox", "http://127.0.0.1:9"), new("Sandbox:SmtpPort", "9"), new("Logging:Console:LogLevel:Default", "None"),
        .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
    ];
}

using System.Globalization;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Gateway.Keys;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Roles;

/// <summary>The roles of this process, started in an order in which nobody speaks to somebody who is not there yet.</summary>
public sealed class RunningHub : IAsyncDisposable
{
    const string AnyPort = "http://127.0.0.1:0";

    // The stand-ins are for trying things out: these two keys open nothing where they are switched off.
    public const string DemoShopKey = "demo-key-of-the-shop";
    public const string DemoSupportKey = "demo-key-of-support";

    readonly List<IHost> _hosts = [];
    readonly Dictionary<string, Uri> _addresses = new(StringComparer.OrdinalIgnoreCase);

    RunningHub()
    {
    }

    /// <summary>Every role this hub knows.</summary>
    public static IReadOnlyList<string> AllRoles { get; } = ["sandbox", "workers", "tracking", "servicecontrol", "shop", "gateway"];

    /// <summary>Where the web roles of this process listen.</summary>
    public IReadOnlyDictionary<string, Uri> Addresses => _addresses;

    /// <exception cref="OptionsValidationException">Settings are missing or wrong; all of a role are named.</exception>
    public static async Task<RunningHub> Start(ConfigurationManager configuration, CancellationToken cancellation)
    {
        var hub = new RunningHub();
        try
        {
            await hub.StartRoles(configuration, RolesOf(configuration), cancellation);
            return hub;
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops in reverse: first nothing comes in any more, then what is in hand is finished.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        foreach (var host in Enumerable.Reverse(_hosts)) await host.StopAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Enumerable.Reverse(_hosts))
        {
            if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else host.Dispose();
        }
        _hosts.Clear();
    }

    static HashSet<string> RolesOf(IConfiguration configuration)
    {
        var named = configuration["Hub:Roles"]?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var roles = named is null or [] ? AllRoles.Where(role => role != "sandbox" || configuration.GetValue<bool>("Hub:Sandbox")) : named;
        var chosen = roles.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = chosen.Except(AllRoles, StringComparer.OrdinalIgnoreCase).ToList();
        return unknown.Count == 0
            ? chosen
            : throw new InvalidOperationException($"There is no role '{string.Join("', '", unknown)}'. Choose from: {string.Join(", ", AllRoles)}.");
    }

    async Task StartRoles(ConfigurationManager configuration, HashSet<string> roles, CancellationToken cancellation)
    {
        if (configuration.GetValue<bool>("Hub:Sandbox")) await StartSandbox(configuration, roles.Contains("sandbox"), cancellation);
        if (roles.Contains("workers")) await Start(RoleHost.BuildWorkers(configuration), cancellation);
        await StartWeb("tracking", RoleHost.BuildTracking, configuration, roles, cancellation);
        await StartWeb("servicecontrol", RoleHost.BuildServiceControl, configuration, roles, cancellation);
        await StartWeb("shop", RoleHost.BuildShop, configuration, roles, cancellation);
        if (!roles.Contains("gateway")) return;

        // The door opens last, when everybody behind it is there.
        foreach (var behind in new[] { "Tracking", "ServiceControl", "Shop" })
            configuration[$"Gateway:Destinations:{behind}"] ??= (_addresses.GetValueOrDefault(behind)?.ToString() ?? configuration[$"Hub:Addresses:{behind}"]);
        await StartWeb("gateway", RoleHost.BuildGateway, configuration, roles, cancellation);
        if (configuration.GetValue<bool>("Hub:Sandbox")) await GiveOutDemoKeys(_hosts[^1].Services.GetRequiredService<ApiKeys>(), cancellation);
    }

    async Task StartSandbox(ConfigurationManager configuration, bool here, CancellationToken cancellation)
    {
        if (here)
        {
            configuration["Sandbox:SmtpPort"] ??= "0";
            await StartWeb("sandbox", RoleHost.BuildSandbox, configuration, ["sandbox"], cancellation);
            configuration["Hub:Addresses:Sandbox"] = _addresses["sandbox"].ToString();
            configuration["Sandbox:SmtpPort"] = SandboxRole.SmtpPort((WebApplication)_hosts[^1]).ToString(CultureInfo.InvariantCulture);
        }
        var address = configuration["Hub:Addresses:Sandbox"] ?? throw new InvalidOperationException(
            "The stand-ins run elsewhere, but nobody says where. Set Hub:Addresses:Sandbox and Sandbox:SmtpPort, or Hub:Sandbox=false to work with the real systems.");
        foreach (var (key, value) in SandboxRole.Settings(new Uri(address), configuration.GetValue<int>("Sandbox:SmtpPort"))) configuration[key] ??= value;
    }

    async Task StartWeb(string role, Func<IConfiguration, string, WebApplication> build, IConfiguration configuration, HashSet<string> roles, CancellationToken cancellation)
    {
        if (!roles.Contains(role)) return;
        var app = build(configuration, configuration[$"Hub:Addresses:{role}"] ?? AnyPort);
        await Start(app, cancellation);
        _addresses[role] = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    async Task Start(IHost host, CancellationToken cancellation)
    {
        _hosts.Add(host);
        await host.StartAsync(cancellation);
    }

    static async Task GiveOutDemoKeys(ApiKeys keys, CancellationToken cancellation)
    {
        await keys.Ensure(DemoShopKey, "demo-shop", ["shop"], cancellation);
        await keys.Ensure(DemoSupportKey, "demo-support", ["support"], cancellation);
    }
}

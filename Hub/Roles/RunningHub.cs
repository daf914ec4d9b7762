using System.Globalization;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Gateway;
using Dovetail.Gateway.Keys;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Roles;

/// <summary>The roles of this process, started in an order in which nobody speaks to somebody who is not there yet.</summary>
public sealed class RunningHub : IAsyncDisposable
{
    const string AnyPort = "http://127.0.0.1:0";

    static readonly TimeSpan PatienceWithHalfAHub = TimeSpan.FromSeconds(5);

    // The stand-ins are for trying things out: these two keys open nothing where they are switched off.
    public const string DemoShopKey = "demo-key-of-the-shop";
    public const string DemoSupportKey = "demo-key-of-support";

    readonly List<IHost> _hosts = [];
    readonly Dictionary<string, Uri> _addresses = new(StringComparer.OrdinalIgnoreCase);
    readonly TaskCompletionSource _brokeOff = new(TaskCreationOptions.RunContinuationsAsynchronously);
    FileStream? _standInsAreHere;
    OtlpExport? _telemetry;

    RunningHub()
    {
    }

    /// <summary>Every role this hub knows.</summary>
    public static IReadOnlyList<string> AllRoles { get; } = ["sandbox", "workers", "tracking", "desk", "servicecontrol", "loyalty", "pricing", "notifications", "shop", "hooks", "gateway"];

    /// <summary>Where the web roles of this process listen.</summary>
    public IReadOnlyDictionary<string, Uri> Addresses => _addresses;

    /// <summary>Ends as soon as a role stops, which none does by itself unless something in it failed beyond repair.</summary>
    public Task BrokeOff => _brokeOff.Task;

    /// <exception cref="OptionsValidationException">Settings are missing or wrong; all of all roles are named.</exception>
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
            // Stopped first: services that run would fail loudly if what they work with were taken away.
            using var patience = new CancellationTokenSource(PatienceWithHalfAHub);
            await hub.Stop(patience.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
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
        _standInsAreHere?.Dispose();
        _telemetry?.Dispose();
    }

    /// <summary>The roles that this process is to run.</summary>
    /// <exception cref="FormatException">One of them does not exist.</exception>
    internal static HashSet<string> RolesOf(IConfiguration configuration)
    {
        var named = configuration["Hub:Roles"]?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var roles = named is null or [] ? AllRoles.Where(role => role != "sandbox" || configuration.GetValue<bool>("Hub:Sandbox")) : named;
        var chosen = roles.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = chosen.Except(AllRoles, StringComparer.OrdinalIgnoreCase).ToList();
        return unknown.Count == 0
            ? chosen
            : throw new FormatException($"There is no role '{string.Join("', '", unknown)}'. Choose from: {string.Join(", ", AllRoles)}.");
    }

    async Task StartRoles(ConfigurationManager configuration, HashSet<string> roles, CancellationToken cancellation)
    {
        if (SettingsCheck.Faults(configuration, roles) is { Count: > 0 } faults) throw new OptionsValidationException("", typeof(RunningHub), faults);
        SqliteLibrary.Prepare();
        _telemetry = OtlpExport.Start(configuration);
        if (configuration.GetValue<bool>("Hub:Sandbox")) await StartSandbox(configuration, roles.Contains("sandbox"), cancellation);
        if (roles.Contains("workers")) await Start(RoleHost.BuildWorkers(configuration), cancellation);
        await StartWeb("tracking", RoleHost.BuildTracking, configuration, roles, cancellation);
        await StartWeb("desk", RoleHost.BuildDesk, configuration, roles, cancellation);
        await StartWeb("servicecontrol", RoleHost.BuildServiceControl, configuration, roles, cancellation);
        await StartWeb("loyalty", RoleHost.BuildLoyalty, configuration, roles, cancellation);
        await StartWeb("pricing", RoleHost.BuildPricing, configuration, roles, cancellation);
        await StartWeb("notifications", RoleHost.BuildNotifications, configuration, roles, cancellation);
        await StartWeb("shop", RoleHost.BuildShop, configuration, roles, cancellation);
        await StartWeb("hooks", RoleHost.BuildHooks, configuration, roles, cancellation);
        if (!roles.Contains("gateway")) return;

        // The door opens last, when everybody behind it is there.
        foreach (var behind in GatewayRole.Behind)
            configuration[$"Gateway:Destinations:{behind}"] ??= (_addresses.GetValueOrDefault(behind)?.ToString() ?? configuration[$"Hub:Addresses:{behind}"]);
        using (var keys = new ApiKeys(configuration["Gateway:Database"]!, TimeProvider.System))
            await SeeToDemoKeys(keys, configuration.GetValue<bool>("Hub:Sandbox"), cancellation);
        await StartWeb("gateway", RoleHost.BuildGateway, configuration, roles, cancellation);
        if (configuration.GetValue<bool>("Hub:Sandbox")) LetStandInsTell(configuration, _addresses["gateway"]);
    }

    async Task StartSandbox(ConfigurationManager configuration, bool here, CancellationToken cancellation)
    {
        if (here)
        {
            _standInsAreHere = OnlyOnce(configuration["Sandbox:Folder"]!);
            configuration["Sandbox:SmtpPort"] ??= "0";
            await StartWeb("sandbox", RoleHost.BuildSandbox, configuration, ["sandbox"], cancellation);
            configuration["Hub:Addresses:Sandbox"] = _addresses["sandbox"].ToString();
            configuration["Sandbox:SmtpPort"] = SandboxRole.SmtpPort((WebApplication)_hosts[^1]).ToString(CultureInfo.InvariantCulture);
        }
        var address = configuration["Hub:Addresses:Sandbox"] ?? throw new InvalidOperationException(
            "The stand-ins run elsewhere, but nobody says where. Set Hub:Addresses:Sandbox and Sandbox:SmtpPort, or Hub:Sandbox=false to work with the real systems.");
        PointAtStandIns(configuration, new Uri(address), configuration.GetValue<int>("Sandbox:SmtpPort"));
    }

    /// <summary>Only now is it known where: the door opens last.</summary>
    void LetStandInsTell(ConfigurationManager configuration, Uri gateway)
    {
        configuration["Hooks:PublicAddress"] ??= gateway.ToString();
        if (_hosts[0] is WebApplication first && _addresses.ContainsKey("sandbox")) SandboxRole.TellTo(first, gateway);
    }

    internal static void PointAtStandIns(ConfigurationManager configuration, Uri address, int smtpPort)
    {
        configuration["Notifications:PublicAddress"] ??= configuration["Hub:Addresses:Gateway"];
        foreach (var (key, value) in SandboxRole.Settings(address, smtpPort)) configuration[key] ??= value;
    }

    async Task StartWeb(string role, Func<IConfiguration, string, WebApplication> build, IConfiguration configuration, HashSet<string> roles, CancellationToken cancellation)
    {
        if (!roles.Contains(role)) return;
        var wanted = configuration[$"Hub:Addresses:{role}"] ?? AnyPort;
        var app = build(configuration, wanted);
        try
        {
            await Start(app, cancellation);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new InvalidOperationException(
                $"The address {wanted} of the role '{role}' is taken by another program, perhaps a hub that runs already. Stop that one, or choose another address: --set Hub:Addresses:{role}=http://127.0.0.1:8090", taken);
        }
        _addresses[role] = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    async Task Start(IHost host, CancellationToken cancellation)
    {
        _hosts.Add(host);
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (AggregateException several) when (several.InnerExceptions.All(one => one is OptionsValidationException))
        {
            throw new OptionsValidationException("", typeof(RunningHub), several.InnerExceptions.SelectMany(one => ((OptionsValidationException)one).Failures));
        }
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => _brokeOff.TrySetResult());
    }

    /// <summary>The stand-ins keep their books in memory: two of them on the same files would contradict each other.</summary>
    static FileStream OnlyOnce(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(Directory.CreateDirectory(folder).FullName, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new InvalidOperationException(
                $"Another hub already runs the stand-ins of {Path.GetFullPath(folder)}. Stop that one, or start this one beside it: --set Hub:Folder=data2 --set Hub:Addresses:Gateway=http://127.0.0.1:8090", taken);
        }
    }

    static async Task SeeToDemoKeys(ApiKeys keys, bool areThere, CancellationToken cancellation)
    {
        foreach (var (key, client, role) in new[] { (DemoShopKey, "demo-shop", "shop"), (DemoSupportKey, "demo-support", "support") })
        {
            if (areThere) await keys.Ensure(key, client, [role], cancellation);
            else await keys.Forget(key, cancellation);
        }
    }
}

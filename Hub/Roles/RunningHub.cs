using System.Globalization;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Gateway;
using Dovetail.Gateway.Keys;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Starting;
using Dovetail.Hub.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Roles;

/// <summary>The roles of this process, started in an order in which nobody speaks to somebody who is not there yet.</summary>
public sealed class RunningHub : IAsyncDisposable
{
    static readonly TimeSpan PatienceWithHalfAHub = TimeSpan.FromSeconds(5);

    // The stand-ins are for trying things out: these two keys open nothing where they are switched off.
    public const string DemoShopKey = "demo-key-of-the-shop";
    public const string DemoSupportKey = "demo-key-of-support";

    readonly List<(string Role, IHost Host)> _hosts = [];
    readonly Dictionary<string, Uri> _addresses = new(StringComparer.OrdinalIgnoreCase);
    readonly TaskCompletionSource _brokeOff = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ConfigurationManager _configuration;
    readonly ILoggerFactory _logging;
    readonly Patience _patience;
    readonly Needs _needs;
    readonly WaitingRooms _waitingRooms;
    FileStream? _standInsAreHere;
    OtlpExport? _telemetry;

    RunningHub(ConfigurationManager configuration)
    {
        _configuration = configuration;
        _logging = LoggerFactory.Create(logging => RoleHost.AddLog(logging, configuration));
        _patience = new Patience(TimeProvider.System, _logging.CreateLogger<Patience>());
        _needs = new Needs(configuration);
        _waitingRooms = new WaitingRooms(configuration, () => _patience.Says);
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
        var hub = new RunningHub(configuration);
        try
        {
            await hub.StartRoles(RolesOf(configuration), cancellation);
            return hub;
        }
        catch
        {
            await StopHalf(hub.Stop);
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says that no role is ready any more, and serves on for as long as it takes others to notice.</summary>
    public async Task Leave()
    {
        foreach (var (_, host) in _hosts) host.Services.GetService<Leaving>()?.Announce();

        // Nobody sends requests to the workers.
        if (_addresses.Keys.Any(role => role != "workers")) await Task.Delay(StopSettings.Read(_configuration).Drain, TimeProvider.System);
    }

    /// <summary>First nothing comes in any more, then what is in hand is finished.</summary>
    /// <param name="cancellation">Wait no longer for what is in hand. All are stopped nevertheless.</param>
    public async Task Stop(CancellationToken cancellation)
    {
        var failures = new List<Exception>();
        foreach (var phase in _hosts.GroupBy(host => PhaseOf(host.Role)).OrderBy(phase => phase.Key))
        {
            var stopped = Task.WhenAll(phase.Select(host => host.Host.StopAsync(cancellation)));
            await stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // What was called off goes on at the next start.
            if (stopped.Exception is { } failure) failures.AddRange(failure.InnerExceptions.Where(one => !cancellation.IsCancellationRequested || one is not OperationCanceledException));
        }
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    public async ValueTask DisposeAsync()
    {
        await _waitingRooms.DisposeAsync();
        foreach (var (_, host) in Enumerable.Reverse(_hosts)) await Dispose(host);
        _hosts.Clear();
        _standInsAreHere?.Dispose();
        _telemetry?.Dispose();
        _logging.Dispose();
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

    /// <summary>Who waits for somebody else's answer stops before that one: the gateway for a role's, a desk for what a saga makes of a decision, all of them for the stand-ins'.</summary>
    static int PhaseOf(string role) => role switch
    {
        "gateway" => 0,
        "workers" => 2,
        "sandbox" => 3,
        _ => 1,
    };

    async Task StartRoles(HashSet<string> roles, CancellationToken cancellation)
    {
        if (SettingsCheck.Faults(_configuration, roles) is { Count: > 0 } faults) throw new OptionsValidationException("", typeof(RunningHub), faults);
        SqliteLibrary.Prepare();
        _telemetry = OtlpExport.Start(_configuration);
        if (_configuration.GetValue<bool>("Hub:Sandbox")) await StartSandbox(roles.Remove("sandbox"), cancellation);
        await Start("workers", RoleHost.BuildWorkers, roles, cancellation);
        await Start("tracking", RoleHost.BuildTracking, roles, cancellation);
        await Start("desk", RoleHost.BuildDesk, roles, cancellation);
        await Start("servicecontrol", RoleHost.BuildServiceControl, roles, cancellation);
        await Start("loyalty", RoleHost.BuildLoyalty, roles, cancellation);
        await Start("pricing", RoleHost.BuildPricing, roles, cancellation);
        await Start("notifications", RoleHost.BuildNotifications, roles, cancellation);
        await Start("shop", RoleHost.BuildShop, roles, cancellation);
        await Start("hooks", RoleHost.BuildHooks, roles, cancellation);
        if (!roles.Contains("gateway")) return;

        // The door opens last, when everybody behind it is there.
        Assume(_configuration, GatewayRole.Behind.Select(behind => KeyValuePair.Create(
            $"Gateway:Destinations:{behind}", _addresses.GetValueOrDefault(behind)?.ToString() ?? _configuration[$"Hub:Addresses:{behind}"])));
        await Start("gateway", RoleHost.BuildGateway, roles, cancellation);
        if (_configuration.GetValue<bool>("Hub:Sandbox")) LetStandInsTell(_addresses["gateway"]);
    }

    async Task StartSandbox(bool here, CancellationToken cancellation)
    {
        if (here)
        {
            _standInsAreHere = OnlyOnce(_configuration["Sandbox:Folder"]!);
            Assume(_configuration, [new("Sandbox:SmtpPort", "0")]);
            await Start("sandbox", RoleHost.BuildSandbox, ["sandbox"], cancellation);
            _configuration.AddInMemoryCollection(
            [
                new("Hub:Addresses:Sandbox", _addresses["sandbox"].ToString()),
                new("Sandbox:SmtpPort", SandboxRole.SmtpPort((WebApplication)_hosts[^1].Host).ToString(CultureInfo.InvariantCulture)),
            ]);
        }
        var address = _configuration["Hub:Addresses:Sandbox"] ?? throw new InvalidOperationException(
            "The stand-ins run elsewhere, but nobody says where. Set Hub:Addresses:Sandbox and Sandbox:SmtpPort, or Hub:Sandbox=false to work with the real systems.");
        PointAtStandIns(_configuration, new Uri(address), _configuration.GetValue<int>("Sandbox:SmtpPort"));
    }

    /// <summary>Only now is it known where: the door opens last.</summary>
    void LetStandInsTell(Uri gateway)
    {
        Assume(_configuration, [new("Hooks:PublicAddress", gateway.ToString())]);
        if (_hosts[0].Host is WebApplication first && _addresses.ContainsKey("sandbox")) SandboxRole.TellTo(first, gateway);
    }

    internal static void PointAtStandIns(ConfigurationManager configuration, Uri address, int smtpPort) =>
        Assume(configuration, [new("Notifications:PublicAddress", configuration["Hub:Addresses:Gateway"]), .. SandboxRole.Settings(address, smtpPort)]);

    /// <summary>For what nobody has set, of what is known only now.</summary>
    /// <remarks>Roles that run read their settings when they first need them: to write into what they enumerate would fail them, while a further source does not disturb them.</remarks>
    static void Assume(ConfigurationManager configuration, IEnumerable<KeyValuePair<string, string?>> settings) =>
        configuration.AddInMemoryCollection(settings.Where(setting => configuration[setting.Key] is null).DistinctBy(setting => setting.Key).ToList());

    /// <summary>Waits for the servers that the role needs. Meanwhile all that have not started yet say so where they will be heard.</summary>
    /// <param name="roles">Those of this process; the one that has started is taken out.</param>
    async Task Start(string role, Func<IConfiguration, string?, IHost> build, HashSet<string> roles, CancellationToken cancellation)
    {
        if (!roles.Contains(role)) return;
        await _patience.Start(role, answer => StartNow(role, build, answer), () => _waitingRooms.Open(roles, cancellation), cancellation);
        roles.Remove(role);
    }

    async Task StartNow(string role, Func<IConfiguration, string?, IHost> build, CancellationToken cancellation)
    {
        await _needs.AreThere(role, cancellation);
        await _waitingRooms.Close(role);
        if (role == "gateway")
        {
            using var keys = new ApiKeys(_configuration["Gateway:Database"]!, TimeProvider.System);
            await SeeToDemoKeys(keys, _configuration.GetValue<bool>("Hub:Sandbox"), cancellation);
        }
        var address = _configuration[$"Hub:Addresses:{role}"];
        var host = build(_configuration, address);
        _hosts.Add((role, host));
        try
        {
            await Listen(role, address, host, cancellation);
        }
        catch (Exception failure) when (Absence.IsIn(failure))
        {
            // It is made anew when what it lacks is there.
            _hosts.Remove((role, host));
            await StopHalf(host.StopAsync);
            await Dispose(host);
            throw;
        }
        if (host.Services.GetService<IServer>() is { } server) _addresses[role] = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => _brokeOff.TrySetResult());
    }

    internal static async Task Listen(string role, string? address, IHost host, CancellationToken cancellation)
    {
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new InvalidOperationException(
                $"The address {address} of the role '{role}' is taken by another program, perhaps a hub that runs already. Stop that one, or choose another address: --set Hub:Addresses:{role}=http://127.0.0.1:8090", taken);
        }
        catch (AggregateException several) when (several.InnerExceptions.All(one => one is OptionsValidationException))
        {
            throw new OptionsValidationException("", typeof(RunningHub), several.InnerExceptions.SelectMany(one => ((OptionsValidationException)one).Failures));
        }
    }

    /// <summary>Before it is disposed: services that run would fail loudly if what they work with were taken away.</summary>
    static async Task StopHalf(Func<CancellationToken, Task> stop)
    {
        using var patience = new CancellationTokenSource(PatienceWithHalfAHub);
        await stop(patience.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    static async ValueTask Dispose(IHost host)
    {
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
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

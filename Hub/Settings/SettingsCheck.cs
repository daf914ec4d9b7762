using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Settings;
using Dovetail.Gateway;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Telemetry;
using Dovetail.ServiceControl;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Hub.Settings;

/// <summary>Reads the settings of all roles before one of them starts: whoever has several faults to mend hears of all of them at once.</summary>
static class SettingsCheck
{
    // Where the stand-ins and the roles will listen is known only when they run; for reading settings any address does.
    static readonly Uri NotYetKnown = new("http://127.0.0.1:1/");

    /// <summary>All that somebody reads, in whatever role.</summary>
    static readonly string[] Sections =
    [
        "Bus", "ConnectionStrings", "Crm", "Deadlines", "Delivery", "Desk", "Gateway", "Hooks", "Hub", "Identity", "Logging", "Loyalty", "Mes", "NotificationDeadlines", "Notifications", "Oms",
        "Payments", "Pricing", "Sandbox", "ServiceControl", "Shop", "TaskDeadlines", "Telemetry", "Tracking",
    ];

    public static IReadOnlyList<string> Faults(IConfiguration configuration, IReadOnlySet<string> roles)
    {
        // Below everything that is set; and never written into it, where it would be taken for the truth.
        var settings = new ConfigurationBuilder().AddInMemoryCollection(ComesWithTheStart(configuration, roles).DistinctBy(setting => setting.Key))
            .AddInMemoryCollection(configuration.AsEnumerable().Where(setting => !IsToldHere(setting.Key))).Build();
        var readers = new Dictionary<string, Action>
        {
            ["sandbox"] = () => Validate(services => SandboxRole.AddServices(services, settings)),
            ["workers"] = () => Validate(RoleHost.BuildWorkers(settings)),
            ["tracking"] = () => Validate(RoleHost.BuildTracking(settings, NotYetKnown.ToString())),
            ["desk"] = () => Validate(RoleHost.BuildDesk(settings, NotYetKnown.ToString())),
            ["servicecontrol"] = () => ServiceControlOptions.Read(settings),
            ["loyalty"] = () => Validate(RoleHost.BuildLoyalty(settings, NotYetKnown.ToString())),
            ["pricing"] = () => Validate(RoleHost.BuildPricing(settings, NotYetKnown.ToString())),
            ["notifications"] = () => Validate(RoleHost.BuildNotifications(settings, NotYetKnown.ToString())),
            ["shop"] = () => Validate(RoleHost.BuildShop(settings, NotYetKnown.ToString())),
            ["hooks"] = () => Validate(RoleHost.BuildHooks(settings, NotYetKnown.ToString())),
            ["gateway"] = () => GatewayOptions.Read(settings),
        };
        List<string> own =
        [
            .. Unknown(configuration), .. Places.Faults(configuration), .. StrictSettings.Faults<HubSection>(configuration.GetSection("Hub")), .. StopSettings.Faults(configuration),
            .. StrictSettings.Faults<BusSettings>(configuration.GetSection(BusSettings.Section)), .. PlatformFaults(configuration), .. OtlpExport.Faults(settings),
        ];
        return [.. own.Concat(readers.Where(reader => roles.Contains(reader.Key)).SelectMany(reader => FaultsOf(reader.Value))).Distinct()];
    }

    /// <summary>An endpoint refuses a section that is enabled and says too little, which one would else hear of role by role.</summary>
    static IEnumerable<string> PlatformFaults(IConfiguration configuration)
    {
        try
        {
            new EndpointConfiguration("Settings").ConnectToServicePlatform(BusSettings.Read(configuration).ServicePlatform);
            return [];
        }
        catch (ArgumentException incomplete)
        {
            return [$"{BusSettings.Section}:{nameof(BusSettings.ServicePlatform)} is incomplete: {incomplete.Message}"];
        }
        catch (InvalidOperationException)
        {
            // A value that can't even be read is told by name already.
            return [];
        }
    }

    static IEnumerable<KeyValuePair<string, string?>> ComesWithTheStart(IConfiguration configuration, IReadOnlySet<string> roles)
    {
        if (configuration.GetValue<bool>("Hub:Sandbox"))
        {
            yield return new("Notifications:PublicAddress", configuration["Hub:Addresses:Gateway"]);
            foreach (var setting in SandboxRole.Settings(NotYetKnown, smtpPort: 25)) yield return setting;
        }
        foreach (var behind in GatewayRole.Behind)
            yield return new($"Gateway:Destinations:{behind}", roles.Contains(behind) ? NotYetKnown.ToString() : configuration[$"Hub:Addresses:{behind}"]);
    }

    /// <summary>What is wrong with the bus or the stop would end the reading of every role before it came to its own settings.</summary>
    static bool IsToldHere(string key) => key.StartsWith($"{BusSettings.Section}:", StringComparison.OrdinalIgnoreCase) || StopSettings.Keys.Contains(key, StringComparer.OrdinalIgnoreCase);

    /// <summary>A misspelt section would be passed over, and with it all that it holds.</summary>
    static IEnumerable<string> Unknown(IConfiguration configuration) => configuration.GetChildren().Select(section => section.Key)
        .Except(Sections, StringComparer.OrdinalIgnoreCase).Select(section => $"{section} is no section that anybody reads; give one of {string.Join(", ", Sections)}, or remove it.");

    /// <summary>Without what the services are mapped to, which would open files that another process may have in hand.</summary>
    static void Validate(Action<IServiceCollection> addServices)
    {
        var services = new ServiceCollection();
        addServices(services);
        using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
    }

    static void Validate(IHost host)
    {
        using (host) host.Services.GetRequiredService<IStartupValidator>().Validate();
    }

    static List<string> FaultsOf(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (Exception failure) when (FaultsOf(failure) is { Count: > 0 } faults)
        {
            return faults;
        }
    }

    /// <summary>Empty for whatever has nothing to do with settings.</summary>
    static List<string> FaultsOf(Exception failure) => failure switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(FaultsOf)],

        // A setting that is no value of its type, where it is read one by one; and what an endpoint says that has no database.
        InvalidOperationException unreadable => [unreadable.Message],
        _ => [],
    };

    /// <summary>What may stand below <c>Hub:</c>.</summary>
    sealed class HubSection
    {
        public string? Folder { get; set; }

        public bool Sandbox { get; set; }

        public string? Roles { get; set; }

        public Dictionary<string, string>? Addresses { get; set; }

        public TimeSpan? DrainDelay { get; set; }

        public TimeSpan? StopTimeout { get; set; }
    }
}

using Dovetail.Endpoints.Crm;
using Dovetail.Endpoints.Delivery;
using Dovetail.Endpoints.Desk;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Loyalty;
using Dovetail.Endpoints.Mes;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Oms;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Pricing;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Shop;
using Dovetail.Endpoints.Tracking;
using Dovetail.Gateway;
using Dovetail.Hub.Engines;
using Dovetail.Hub.Settings;
using Dovetail.Sagas;
using Dovetail.ServiceControl;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using NServiceBus;

namespace Dovetail.Hub.Roles;

/// <summary>Builds the host of each role. Every web role listens on its own port, in one process as in ten.</summary>
static class RoleHost
{
    // Where nothing outside has to know it, the system chooses.
    const string AnyPort = "http://127.0.0.1:0";

    delegate void Configure(EndpointConfiguration endpoint, RoutingSettings routing);

    /// <summary>Endpoints that only work through the queue, in one host.</summary>
    static readonly IReadOnlyList<(string Name, Configure Configure, Action<IServiceCollection, IConfiguration> AddServices)> Workers =
    [
        (SagasEndpoint.Name, SagasEndpoint.Configure, SagasEndpoint.AddServices),
        (PricingEndpoint.Name, PricingEndpoint.Configure, PricingEndpoint.AddServices),
        (MesEndpoint.Name, MesEndpoint.Configure, MesEndpoint.AddServices),
        (LoyaltyEndpoint.Name, LoyaltyEndpoint.Configure, LoyaltyEndpoint.AddServices),
        (PaymentsEndpoint.Name, PaymentsEndpoint.Configure, PaymentsEndpoint.AddServices),
        (OmsEndpoint.Name, OmsEndpoint.Configure, OmsEndpoint.AddServices),
        (DeliveryEndpoint.Name, DeliveryEndpoint.Configure, DeliveryEndpoint.AddServices),
        (CrmEndpoint.Name, CrmEndpoint.Configure, CrmEndpoint.AddServices),
        (NotificationsEndpoint.Name, NotificationsEndpoint.Configure, NotificationsEndpoint.AddServices),
    ];

    /// <summary>The endpoints of all roles, as they are configured; none of them is started.</summary>
    public static IEnumerable<EndpointConfiguration> Endpoints(IConfiguration configuration) => Workers.Select(worker => (worker.Name, worker.Configure))
        .Prepend((DeskEndpoint.Name, DeskEndpoint.Configure)).Prepend((TrackingEndpoint.Name, TrackingEndpoint.Configure)).Prepend((ShopEndpoint.Name, ShopEndpoint.Configure)).Prepend((HooksEndpoint.Name, HooksEndpoint.Configure))
        .Select(endpoint => HouseEndpoint.Of(endpoint.Name, configuration, (settings, routing) => endpoint.Configure(settings, routing)));

    /// <param name="address">Where they tell how they are, if anybody is to ask: nothing else is to be had there.</param>
    public static IHost BuildWorkers(IConfiguration configuration, string? address = null)
    {
        if (address is not null) return BuildBehind(configuration, address, services => AddWorkers(services, configuration), MapHealth);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Prepare(builder, configuration);
        AddWorkers(builder.Services, configuration);
        return builder.Build();
    }

    /// <summary>For a role that can't start yet.</summary>
    public static WebApplication BuildWaitingRoom(IConfiguration configuration, string address, Action<WebApplication> map) => BuildBehind(configuration, address, _ => { }, map);

    public static WebApplication BuildSandbox(IConfiguration configuration, string? address) =>
        BuildBehind(configuration, address, services => SandboxRole.AddServices(services, configuration), SandboxRole.Map);

    public static WebApplication BuildGateway(IConfiguration configuration, string? address) =>
        BuildWeb(configuration, address, services => GatewayRole.AddServices(services, configuration), GatewayRole.Map);

    public static WebApplication BuildShop(IConfiguration configuration, string? address) => BuildBehind(configuration, address, services =>
    {
        ShopEndpoint.AddServices(services, configuration);
        Engine.AddWebHealth(services);
        services.AddNServiceBusEndpoint(HouseEndpoint.Of(ShopEndpoint.Name, configuration, ShopEndpoint.Configure));
    }, ShopEndpoint.Map);

    public static WebApplication BuildHooks(IConfiguration configuration, string? address) => BuildBehind(configuration, address, services =>
    {
        HooksEndpoint.AddServices(services, configuration);
        PaymentHooks.AddServices(services, configuration);
        DeliveryHooks.AddServices(services, configuration);
        TelegramHooks.AddServices(services, configuration);
        Engine.AddWebHealth(services);
        services.AddNServiceBusEndpoint(HouseEndpoint.Of(HooksEndpoint.Name, configuration, HooksEndpoint.Configure));
    }, HooksEndpoint.Map);

    public static WebApplication BuildTracking(IConfiguration configuration, string? address) => BuildBehind(configuration, address, services =>
    {
        TrackingEndpoint.AddServices(services, configuration);
        Engine.AddWebHealth(services);
        services.AddNServiceBusEndpoint(HouseEndpoint.Of(TrackingEndpoint.Name, configuration, TrackingEndpoint.Configure));
    }, TrackingEndpoint.Map);

    public static WebApplication BuildDesk(IConfiguration configuration, string? address) => BuildBehind(configuration, address, services =>
    {
        DeskEndpoint.AddServices(services, configuration);
        Engine.AddWebHealth(services);
        services.AddNServiceBusEndpoint(HouseEndpoint.Of(DeskEndpoint.Name, configuration, DeskEndpoint.Configure));
    }, DeskEndpoint.Map);

    public static WebApplication BuildLoyalty(IConfiguration configuration, string? address) =>
        BuildBehind(configuration, address, services => LoyaltyEndpoint.AddWebServices(services, configuration), LoyaltyEndpoint.Map);

    public static WebApplication BuildPricing(IConfiguration configuration, string? address) =>
        BuildBehind(configuration, address, services => PricingEndpoint.AddWebServices(services, configuration), PricingEndpoint.Map);

    public static WebApplication BuildNotifications(IConfiguration configuration, string? address) =>
        BuildBehind(configuration, address, services => NotificationsEndpoint.AddWebServices(services, configuration), NotificationsEndpoint.Map);

    public static WebApplication BuildServiceControl(IConfiguration configuration, string? address) => BuildBehind(configuration, address, services =>
    {
        ServiceControlRole.AddServices(services, configuration);
        services.AddSingleton(provider => Engine.RawQueues(configuration, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
    }, ServiceControlRole.Map);

    static WebApplication BuildBehind(IConfiguration configuration, string? address, Action<IServiceCollection> addServices, Action<WebApplication> map) =>
        BuildWeb(configuration, address, services =>
        {
            // Only the gateway gives out cookies: behind it there is nothing to protect beyond the process's life.
            services.AddDataProtection().UseEphemeralDataProtectionProvider();
            addServices(services);
        }, map);

    static WebApplication BuildWeb(IConfiguration configuration, string? address, Action<IServiceCollection> addServices, Action<WebApplication> map)
    {
        // Otherwise each role would watch the folder that the hub was started in, and hear of every write to the databases there.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"], ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        Prepare(builder, configuration);
        builder.WebHost.UseUrls(address ?? AnyPort);
        var leaving = new Leaving();
        builder.Services.AddSingleton(leaving);
        addServices(builder.Services);
        var app = builder.Build();
        app.Use(leaving.Tell);
        map(app);
        return app;
    }

    static void AddWorkers(IServiceCollection services, IConfiguration configuration)
    {
        Engine.AddHealth(services);

        // One endpoint that waits long for a system must not take the others' time to finish.
        services.Configure<HostOptions>(host => host.ServicesStopConcurrently = true);
        foreach (var worker in Workers)
        {
            worker.AddServices(services, configuration);
            services.AddNServiceBusEndpoint(HouseEndpoint.Of(worker.Name, configuration, (endpoint, routing) => worker.Configure(endpoint, routing)), worker.Name);
        }
    }

    static void MapHealth(WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
    }

    static void Prepare(IHostApplicationBuilder builder, IConfiguration configuration)
    {
        // Its own copy: a host writes into its configuration where it is to listen, and other roles read theirs meanwhile.
        builder.Configuration.AddInMemoryCollection(configuration.AsEnumerable());
        AddLog(builder.Logging, configuration);
        Engine.AddCommits(builder.Services);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopSettings.Read(configuration).Finish);

        // The process has one life, and the hub ends it: roles do not listen for signals themselves.
        builder.Services.AddSingleton<IHostLifetime, LedByTheHub>();
    }

    /// <summary>The hub's log, as the settings want it.</summary>
    public static void AddLog(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.ClearProviders();
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.AddConsole(console => console.FormatterName = LogLine.FormatterName).AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
    }

    sealed class LedByTheHub : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

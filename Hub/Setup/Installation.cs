using Dovetail.Endpoints.Database;
using Dovetail.Gateway.Keys;
using Dovetail.Hub.Roles;
using Dovetail.ServiceControl;

namespace Dovetail.Hub.Setup;

/// <summary>Creates the queues and tables of all roles. Nothing receives and nothing listens meanwhile.</summary>
static class Installation
{
    // Nobody listens there: hosts are built to create what they need, and are not started.
    const string Nowhere = "http://127.0.0.1:0";

    public static async Task Create(ConfigurationManager configuration, CancellationToken cancellation)
    {
        if (configuration.GetValue<bool>("Hub:Sandbox")) RunningHub.PointAtStandIns(configuration, new Uri("http://127.0.0.1:1/"), smtpPort: 25);

        Func<IHost>[] roles =
        [
            () => RoleHost.BuildWorkers(configuration),
            () => RoleHost.BuildTracking(configuration, Nowhere),
            () => RoleHost.BuildDesk(configuration, Nowhere),
            () => RoleHost.BuildServiceControl(configuration, Nowhere),
            () => RoleHost.BuildHooks(configuration, Nowhere),
            () => RoleHost.BuildShop(configuration, Nowhere),
        ];
        foreach (var role in roles)
        {
            using var host = role();
            foreach (var service in host.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>()) await service.StartingAsync(cancellation);
            foreach (var tables in host.Services.GetServices<EndpointTables>()) await tables.Create(cancellation);
        }

        var control = ServiceControlOptions.Read(configuration);
        await Engine.CreateQueues(configuration, [control.AuditQueue, control.ErrorQueue, control.Queue], cancellation);

        using var keys = new ApiKeys(configuration["Gateway:Database"]!, TimeProvider.System);
        await keys.List(cancellation);
    }
}

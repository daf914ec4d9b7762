using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Sets points aside, gives them back, and credits points earned, at Loymax.</summary>
public static class LoyaltyEndpoint
{
    public const string Name = "Loyalty";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<ReservePointsHandler>();
        endpoint.AddHandler<ReleasePointsHandler>();
        endpoint.AddHandler<AccruePointsHandler>();
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        OperationsRoom.AddServices(services, configuration);
        services.AddOwnDatabase<LeaseContext>(configuration, OperationsRoom.Database);
        services.AddSingleton<CustomerLease>();
        services.AddSingleton<LoymaxTokens>();

        // The address that an authorization code comes with is the shop's own: it is read, not followed.
        services.AddConnector<LoymaxClient, LoymaxOptions>(configuration, LoymaxClient.System, LoymaxOptions.Section)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false });
        services.AddHealthChecks().AddCheck<LoymaxHealth>("loyalty");
    }
}

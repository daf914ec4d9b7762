using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Mes;

/// <summary>Has the manufacturing system compute the price of a 3D model, which may take it half an hour.</summary>
public static class MesEndpoint
{
    public const string Name = "Mes";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<RequestModelPriceHandler>();
        endpoint.AddHandler<CheckModelPriceHandler>();
        endpoint.AddHandler<CancelModelPriceHandler>();
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        OperationsRoom.AddServices(services, configuration);
        services.AddConnector<MesClient, MesOptions>(configuration, "MES", "Mes");
        services.AddHealthChecks().AddCheck<MesHealth>("mes");
    }
}

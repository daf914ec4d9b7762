using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Pricing;

/// <summary>Asks the contractor's pricing service, Mindbox, what a customer pays for an order.</summary>
public static class PricingEndpoint
{
    public const string Name = "Pricing";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing) => endpoint.AddHandler<PriceOrderHandler>();

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddConnector<MindboxClient, MindboxOptions>(configuration, "Mindbox", "Pricing:Mindbox");
        services.AddHealthChecks().AddCheck<MindboxHealth>("pricing");
    }
}

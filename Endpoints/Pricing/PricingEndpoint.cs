using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Pricing;

/// <summary>Asks the contractor's pricing service, Mindbox, what a customer pays for an order, or would pay for a cart.</summary>
public static class PricingEndpoint
{
    public const string Name = "Pricing";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing) => endpoint.AddHandler<PriceOrderHandler>();

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        AddMindbox(services, configuration);
        services.AddHealthChecks().AddCheck<MindboxHealth>("pricing");
    }

    /// <summary>The web role: a connector of its own, so that pages that wait for Mindbox take no place from orders.</summary>
    public static void AddWebServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        services.AddLiveQuestions<MindboxOptions>(configuration, "pricing service", "Pricing:Live");
        AddMindbox(services, configuration);
        services.AddSingleton<CartPrices>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var prices = app.Services.GetRequiredService<CartPrices>();
        app.MapPost("/v1/prices", (MindboxClient mindbox, HttpContext http) => prices.Calculate(mindbox, http)).RequireAuthorization(Access.Shop);
    }

    static void AddMindbox(IServiceCollection services, IConfiguration configuration) =>
        services.AddConnector<MindboxClient, MindboxOptions>(configuration, "Mindbox", "Pricing:Mindbox");
}

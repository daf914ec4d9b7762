using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Sets points aside, gives them back, credits points earned, and tells how many there are, at Loymax.</summary>
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
        AddLoymax(services, configuration);
        services.AddHealthChecks().AddCheck<LoymaxHealth>("loyalty");
    }

    /// <summary>The web role: a connector of its own, so that pages that wait for Loymax take no place from orders.</summary>
    public static void AddWebServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        services.AddLiveQuestions<LoymaxOptions>(configuration, "loyalty programme", "Loyalty:Live");
        AddLoymax(services, configuration);
        services.AddSingleton<Balance>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var balance = app.Services.GetRequiredService<Balance>();
        app.MapGet("/v1/loyalty/{card}", (string card, LoymaxClient client, HttpContext http) => balance.Show(card, client, http)).RequireAuthorization(Access.Shop);
    }

    static void AddLoymax(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOwnDatabase<LeaseContext>(configuration, OperationsRoom.Database);
        services.AddSingleton<CustomerLease>();
        services.AddSingleton<LoymaxTokens>();

        // The address that an authorization code comes with is the shop's own: it is read, not followed.
        services.AddConnector<LoymaxClient, LoymaxOptions>(configuration, LoymaxClient.System, LoymaxOptions.Section)
            .UseSocketsHttpHandler((sockets, _) => sockets.AllowAutoRedirect = false);
    }
}

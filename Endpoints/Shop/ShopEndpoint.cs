using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Settings;
using Dovetail.Endpoints.Shop.Idempotency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Shop;

/// <summary>Where shops place orders: checked, stored and handed to the process in one commit.</summary>
public static class ShopEndpoint
{
    public const string Name = "Shop";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        // Nobody answers it: shops look at Tracking. What it sends leaves by its own commits, which need no queue.
        endpoint.SendOnly();
        routing.RouteToEndpoint(typeof(PlaceOrder).Assembly, typeof(PlaceOrder).Namespace!, "Sagas");
        routing.RouteToEndpoint(typeof(NotifyCustomer), "Sagas");
    }

    /// <summary>Beside these the host registers the bus's ITransactionalSession, on the same database.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        services.AddDatabase<ShopDb>(configuration, "shop");
        services.AddSingleton<IValidateOptions<ShopOptions>, ShopOptionsValidation>();
        services.AddSettings<ShopOptions>(configuration, ShopOptions.Section);
        services.AddSingleton<Acceptance>();
        services.AddSingleton<OrderRoutes>();
        services.AddHostedService<KeyCleanup>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var routes = app.Services.GetRequiredService<OrderRoutes>();

        var shop = app.MapGroup("/v1/orders").RequireAuthorization(Access.Shop);
        shop.MapPost("", (HttpContext http, ITransactionalSession session) => routes.Place(http, session));
        shop.MapGet("", (HttpContext http, string? cursor, string? limit) => routes.List(http, cursor, limit));
        shop.MapGet("/{id}", (string id, HttpContext http) => routes.Show(id, http));
        shop.MapPost("/{id}/cancel", (string id, HttpContext http, ITransactionalSession session) => routes.Cancel(id, http, session));
        shop.MapPost("/{id}/offers", (string id, HttpContext http, ITransactionalSession session) => routes.Offer(id, http, session));

        var support = app.MapGroup("/v1/orders").RequireAuthorization(Access.Support);
        support.MapPost("/{id}/resume", (string id, HttpContext http, ITransactionalSession session, bool settled = false) => routes.Resume(id, settled, http, session));
        support.MapPost("/{id}/refunds", (string id, HttpContext http, ITransactionalSession session) => routes.Refund(id, http, session));

        app.MapGet("/v1/openapi.json", ApiDocument.Show).AllowAnonymous();
    }
}

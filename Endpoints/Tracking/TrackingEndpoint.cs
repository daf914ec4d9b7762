using Dovetail.Contracts.Orders.Events;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Live;
using Dovetail.Endpoints.Settings;
using Dovetail.Endpoints.Tracking.Live;
using Dovetail.Endpoints.Tracking.Page;
using Dovetail.Endpoints.Tracking.Reading;
using Dovetail.Endpoints.Tracking.Writing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Tracking;

/// <summary>Writes what happens to each order, and shows it: to shops, to the support desk, and to the customer.</summary>
public static class TrackingEndpoint
{
    public const string Name = "Tracking";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<JourneyHandler<OrderPlaced>>();
        endpoint.AddHandler<JourneyHandler<ModelPricingStarted>>();
        endpoint.AddHandler<JourneyHandler<ModelPriced>>();
        endpoint.AddHandler<JourneyHandler<OrderPriced>>();
        endpoint.AddHandler<JourneyHandler<OrderPointsReserved>>();
        endpoint.AddHandler<JourneyHandler<OrderPaymentHeld>>();
        endpoint.AddHandler<JourneyHandler<OrderHoldNotRenewed>>();
        endpoint.AddHandler<JourneyHandler<OrderRegistered>>();
        endpoint.AddHandler<JourneyHandler<OrderSubstitutionAsked>>();
        endpoint.AddHandler<JourneyHandler<OrderSubstitutionDecided>>();
        endpoint.AddHandler<JourneyHandler<OrderPointsReleased>>();
        endpoint.AddHandler<JourneyHandler<OrderPaymentReleased>>();
        endpoint.AddHandler<JourneyHandler<OrderAmended>>();
        endpoint.AddHandler<JourneyHandler<OrderPicked>>();
        endpoint.AddHandler<JourneyHandler<OrderPaid>>();
        endpoint.AddHandler<JourneyHandler<OrderShipmentBooked>>();
        endpoint.AddHandler<JourneyHandler<OrderOnItsWay>>();
        endpoint.AddHandler<JourneyHandler<OrderDelivered>>();
        endpoint.AddHandler<JourneyHandler<OrderCompleted>>();
        endpoint.AddHandler<JourneyHandler<OrderCancelling>>();
        endpoint.AddHandler<JourneyHandler<OrderStepUndone>>();
        endpoint.AddHandler<JourneyHandler<OrderCancelled>>();
        endpoint.AddHandler<JourneyHandler<OrderCancellationRefused>>();
        endpoint.AddHandler<JourneyHandler<OrderRefundAsked>>();
        endpoint.AddHandler<JourneyHandler<OrderPartRefunded>>();
        endpoint.AddHandler<JourneyHandler<OrderRefundRefused>>();
        endpoint.AddHandler<JourneyHandler<OrderRefundFailed>>();
        endpoint.AddHandler<JourneyHandler<OrderRefundRepeated>>();
        endpoint.AddHandler<JourneyHandler<OrderDelayed>>();
        endpoint.AddHandler<JourneyHandler<OrderNeedsAttention>>();
        endpoint.AddHandler<JourneyHandler<OrderAttentionEnded>>();
        endpoint.AddHandler<CustomerNotReachedHandler>();
        endpoint.AddHandler<CustomerCallEndedHandler>();
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        services.AddDatabase<TrackingDb>(configuration, "tracking");
        services.AddSingleton<IValidateOptions<TrackingOptions>, TrackingOptionsValidation>();
        services.AddSettings<TrackingOptions>(configuration, TrackingOptions.Section);
        services.AddSingleton<Signals>();
        services.AddSingleton<JourneyStream>();
        services.AddSingleton<Journeys>();
        services.AddSingleton<JourneyRoutes>();
        services.AddSingleton<TrackRoutes>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var journeys = app.Services.GetRequiredService<JourneyRoutes>();
        var pages = app.Services.GetRequiredService<TrackRoutes>();

        var orders = app.MapGroup("/v1/orders/{id}/journey").RequireAuthorization(Access.ShopOrSupport);
        orders.MapGet("", (string id, HttpContext http) => journeys.Show(id, http));
        orders.MapGet("/events", (string id, HttpContext http) => journeys.Follow(id, http));

        app.MapGroup("/v1/attention").RequireAuthorization(Access.Support)
            .MapGet("", (HttpContext http, int? limit) => journeys.Attention(http, limit ?? 100));

        // Its id cannot be guessed, so knowing it is the right to see the page.
        var track = app.MapGroup("/track").AllowAnonymous();
        track.MapGet("/{trackingId}", (string trackingId, HttpContext http) => pages.Show(trackingId, http));
        track.MapGet("/{trackingId}/events", (string trackingId, HttpContext http) => pages.Follow(trackingId, http));
        track.MapGet("/assets/{file}", (string file, HttpContext http) => TrackRoutes.File(file, http));
    }
}

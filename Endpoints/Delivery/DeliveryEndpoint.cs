using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Delivery;

/// <summary>The carrier: it takes the goods to the customer.</summary>
public static class DeliveryEndpoint
{
    public const string Name = "Delivery";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<BookShipmentHandler>();
        endpoint.AddHandler<CheckShipmentHandler>();
        endpoint.AddHandler<CancelShipmentHandler>();
        endpoint.AddHandler<LookAtShipmentHandler>();

        // What nobody asked for just now is no reply: the process finds its order by the order's id.
        routing.RouteToEndpoint(typeof(ShipmentReported).Assembly, typeof(ShipmentReported).Namespace!, "Sagas");
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        OperationsRoom.AddServices(services, configuration);
        services.AddSingleton<CdekToken>();
        services.AddSingleton<LatestLooks>();
        services.AddTransient<CdekAuthorization>();
        services.AddConnector<CdekClient, CdekOptions>(configuration, CdekClient.Vendor, CdekOptions.Section)
            .AddHttpMessageHandler<CdekAuthorization>();
        services.AddOptions<CdekOptions>()
            .Validate(
                options => string.IsNullOrWhiteSpace(options.ShipmentPoint) != string.IsNullOrWhiteSpace(options.FromCity),
                $"{CdekOptions.Section} needs either {nameof(CdekOptions.ShipmentPoint)} (we bring the goods to the carrier) or " +
                $"{nameof(CdekOptions.FromCity)} and {nameof(CdekOptions.FromAddress)} (the carrier fetches them), and not both.")
            .Validate(
                options => string.IsNullOrWhiteSpace(options.FromCity) == string.IsNullOrWhiteSpace(options.FromAddress),
                $"{CdekOptions.Section}:{nameof(CdekOptions.FromCity)} and {nameof(CdekOptions.FromAddress)} go together: set both or none.")
            .Validate(
                options => options is { PieceGrams: > 0, LengthCm: > 0, WidthCm: > 0, HeightCm: > 0 },
                $"{CdekOptions.Section}: {nameof(CdekOptions.PieceGrams)}, {nameof(CdekOptions.LengthCm)}, {nameof(CdekOptions.WidthCm)} and " +
                $"{nameof(CdekOptions.HeightCm)} must be more than zero.");

        if (CdekHookOptions.Add(services, configuration))
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<CdekSubscription>(provider, configuration));
        services.AddHealthChecks().AddCheck<CdekHealth>("delivery");
    }
}

using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Operations;
using Dovetail.Endpoints.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

/// <summary>The order management system: it has the goods picked and shows the order to the call centre.</summary>
public static class OmsEndpoint
{
    public const string Name = "Oms";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<RegisterOrderHandler>();
        endpoint.AddHandler<AmendOrderHandler>();
        endpoint.AddHandler<CheckPickingHandler>();
        endpoint.AddHandler<CancelOmsOrderHandler>();
        endpoint.AddHandler<MarkOrderShippedHandler>();
        endpoint.AddHandler<MarkOrderCompleteHandler>();
        endpoint.AddHandler<LookAtPickingHandler>();

        // What nobody asked for just now is no reply: the process finds its order by the order's id.
        routing.RouteToEndpoint(typeof(PickingReported).Assembly, typeof(PickingReported).Namespace!, "Sagas");
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        OperationsRoom.AddServices(services, configuration);
        services.AddConnector<RetailCrmClient, RetailCrmOptions>(configuration, RetailCrmClient.Vendor, RetailCrmOptions.Section);
        services.AddOptions<RetailCrmOptions>().Validate(
            options => options.RequestsPerSecond > 0,
            $"{RetailCrmOptions.Section}:{nameof(RetailCrmOptions.RequestsPerSecond)} must be more than zero; a RetailCRM account allows 10.");

        services.AddSingleton<RetailCrmPace>();
        services.AddSingleton<RetailCrmGroups>();
        services.AddSingleton<OrderTurns>();
        services.AddOwnDatabase<FeedContext>(configuration, Name);
        services.AddSingleton<FeedPlace>();
        services.AddSettings<RetailCrmFeedOptions>(configuration, RetailCrmFeedOptions.Section);
        services.AddOptions<RetailCrmFeedOptions>()
            .Validate(options => options.Interval > TimeSpan.Zero, $"{RetailCrmFeedOptions.Section}:{nameof(RetailCrmFeedOptions.Interval)} must be more than zero, such as 00:00:10.");
        services.AddHostedService<RetailCrmFeed>();
        services.AddHealthChecks().AddCheck<RetailCrmHealth>("oms");
    }
}

using Dovetail.Contracts.Orders.Commands;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Crm;

/// <summary>Keeps one deal an order in the CRM, Bitrix24, up to date from the order's events, and hears what people change in it.</summary>
public static class CrmEndpoint
{
    public const string Name = "Crm";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<OrderPlacedHandler>();
        endpoint.AddHandler<OrderPricedHandler>();
        endpoint.AddHandler<OrderPaidHandler>();
        endpoint.AddHandler<OrderDeliveredHandler>();
        endpoint.AddHandler<OrderCompletedHandler>();
        endpoint.AddHandler<OrderCancelledHandler>();
        endpoint.AddHandler<LookAtDealHandler>();
        routing.RouteToEndpoint(typeof(CancelOrder), "Sagas");

        // The portal takes two requests a second: more messages at once would only wait for each other until they time out. In the queue they wait well.
        endpoint.LimitMessageProcessingConcurrencyTo(4);

        // Whoever is killed in the middle of creating a deal leaves a claim that ends only when the portal can't be at it any more: the rounds must outlast it.
        endpoint.Recoverability().Delayed(retries => retries.NumberOfRetries(5));
    }

    /// <summary>The SQLite connection string is <c>ConnectionStrings:Crm</c>, or else <c>ConnectionStrings:Dovetail</c>.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOwnDatabase<CrmContext>(configuration, Name);
        services.AddSingleton<CrmLinks>();
        services.AddSingleton<Bitrix24Pace>();
        services.AddOwnDatabase<GrantContext>(configuration, Name);
        services.AddHttpClient(Bitrix24OAuth.Client, (provider, http) => http.Timeout = provider.GetRequiredService<IOptions<Bitrix24Options>>().Value.Timeout);
        services.AddSingleton<Bitrix24OAuth>();
        services.AddSingleton<Bitrix24Grants>();
        services.AddDatabase<FeedContext>(configuration, "crm-feed");
        services.AddSingleton<FeedPlace>();
        services.AddSettings<Bitrix24FeedOptions>(configuration, Bitrix24FeedOptions.Section);
        services.AddOptions<Bitrix24FeedOptions>()
            .Validate(options => options.Interval > TimeSpan.Zero, $"{Bitrix24FeedOptions.Section}:{nameof(Bitrix24FeedOptions.Interval)} must be more than zero, such as 00:00:10.")
            .Validate(options => options.CorrectionsADay >= 0, $"{Bitrix24FeedOptions.Section}:{nameof(Bitrix24FeedOptions.CorrectionsADay)} must be 0 or more.");
        services.AddHostedService<Bitrix24Feed>();
        services.AddTransient<OrderDeals>();
        services.AddTransient<Bitrix24Webhook>();
        services.AddConnector<Bitrix24Client, Bitrix24Options>(configuration, "Bitrix24", Bitrix24Options.Section)
            .AddHttpMessageHandler<Bitrix24Webhook>();
        services.AddOptions<Bitrix24Options>()
            .Validate(options => options.PerSecond > 0, "Crm:Bitrix24:PerSecond must be more than zero.")
            .Validate(options => options.Burst >= 1, "Crm:Bitrix24:Burst must be 1 or more.")
            .Validate(options => options.OAuthAddress.IsAbsoluteUri, "Crm:Bitrix24:OAuthAddress must be an absolute address; leave it out for Bitrix24's own.")
            .Validate(options => options.Category >= 0, "Crm:Bitrix24:Category must be the number of a funnel, or 0 for the default one.");
        services.AddHealthChecks().AddCheck<Bitrix24Health>("crm");
    }
}

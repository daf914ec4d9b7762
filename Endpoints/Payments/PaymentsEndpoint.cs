using System.Net.Http.Headers;
using System.Text;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

/// <summary>Holds, takes, releases and gives back money, at YooKassa.</summary>
public static class PaymentsEndpoint
{
    public const string Name = "Payments";

    const string Section = "Payments:YooKassa";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<HoldPaymentHandler>();
        endpoint.AddHandler<CapturePaymentHandler>();
        endpoint.AddHandler<VoidPaymentHandler>();
        endpoint.AddHandler<RefundPaymentHandler>();
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        OperationsRoom.AddServices(services, configuration);
        services.AddConnector<YooKassaClient, YooKassaOptions>(configuration, YooKassaClient.System, Section).ConfigureHttpClient((provider, http) =>
        {
            var options = provider.GetRequiredService<IOptions<YooKassaOptions>>().Value;
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.ShopId}:{options.SecretKey}")));
        });
        services.AddHealthChecks().AddCheck<YooKassaHealth>("payments");
    }
}

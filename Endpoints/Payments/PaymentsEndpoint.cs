using System.Net.Http.Headers;
using System.Text;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Dovetail.Endpoints.Payments.Stripe;
using Dovetail.Endpoints.Payments.YooKassa;
using Dovetail.Endpoints.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

/// <summary>Holds, takes, releases and gives back money, at YooKassa or Stripe.</summary>
public static class PaymentsEndpoint
{
    public const string Name = "Payments";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<HoldPaymentHandler>();
        endpoint.AddHandler<CapturePaymentHandler>();
        endpoint.AddHandler<VoidPaymentHandler>();
        endpoint.AddHandler<RefundPaymentHandler>();
        endpoint.AddHandler<LookAtPaymentHandler>();

        // What nobody asked for just now is no reply: the process finds its order by the order's id.
        routing.RouteToEndpoint(typeof(PaymentHeld).Assembly, typeof(PaymentHeld).Namespace!, "Sagas");
    }

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        OperationsRoom.AddServices(services, configuration);
        services.AddSingleton<IValidateOptions<PaymentsOptions>, PaymentsValidation>();
        services.AddSettings<PaymentsOptions>(configuration, Name, YooKassaClient.System, StripeClient.System);
        services.AddScoped<PaymentProviders>();
        services.AddHealthChecks().AddCheck<PaymentsHealth>("payments");

        services.AddSingleton<IValidateOptions<YooKassaOptions>, YooKassaReceiptValidation>();
        AddProvider<YooKassaClient, YooKassaOptions>(services, configuration, YooKassaClient.System, options =>
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.ShopId}:{options.SecretKey}"))));
        AddProvider<StripeClient, StripeOptions>(services, configuration, StripeClient.System, options => new("Bearer", options.SecretKey));
    }

    static void AddProvider<TClient, TOptions>(
        IServiceCollection services, IConfiguration configuration, string system, Func<TOptions, AuthenticationHeaderValue> authorization)
        where TClient : class, IPaymentProvider
        where TOptions : ConnectorOptions
    {
        // The provider that is not chosen is there as long as it has settings: its payments are still to be taken and given back.
        var chosen = configuration.GetValue($"{Name}:{nameof(PaymentsOptions.Provider)}", new PaymentsOptions().Provider) == system;
        if (!chosen && !configuration.GetSection($"{Name}:{system}").GetChildren().Any(setting => !string.IsNullOrEmpty(setting.Value)))
            return;

        services.AddConnector<TClient, TOptions>(configuration, system, $"{Name}:{system}").ConfigureHttpClient((provider, http) =>
            http.DefaultRequestHeaders.Authorization = authorization(provider.GetRequiredService<IOptions<TOptions>>().Value));
        services.AddTransient<IPaymentProvider>(provider => provider.GetRequiredService<TClient>());
    }
}

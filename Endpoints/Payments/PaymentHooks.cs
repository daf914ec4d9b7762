using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Payments.Stripe;
using Dovetail.Endpoints.Payments.YooKassa;
using Dovetail.Endpoints.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Payments;

/// <summary>What the payment providers tell of their own accord.</summary>
public static class PaymentHooks
{
    /// <summary>Each provider's hook, if that provider is in use and it can be verified.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        if (!string.IsNullOrWhiteSpace(configuration[$"{PaymentsEndpoint.Name}:{YooKassaClient.System}:{nameof(YooKassaOptions.ShopId)}"]))
        {
            services.AddSingleton<IHook, YooKassaHook>();
            services.AddSettings<YooKassaHookOptions>(configuration, YooKassaHookOptions.Section);
            services.AddOptions<YooKassaHookOptions>()
                .Validate(
                    options => options.Parsed().Any() && options.Parsed().All(network => network is not null),
                    $"{YooKassaHookOptions.Section}:{nameof(YooKassaHookOptions.Networks)} must be networks, separated by semicolons, such as '185.71.76.0/27;77.75.156.11/32'.");
        }

        if (!string.IsNullOrWhiteSpace(configuration[$"{StripeHookOptions.Section}:{nameof(StripeHookOptions.Secrets)}"]))
        {
            services.AddSingleton<IHook, StripeHook>();
            services.AddSettings<StripeHookOptions>(configuration, StripeHookOptions.Section);
            services.AddOptions<StripeHookOptions>()
                .Validate(options => options.Tolerance > TimeSpan.Zero, $"{StripeHookOptions.Section}:{nameof(StripeHookOptions.Tolerance)} must be more than zero, such as 00:05:00.");
        }
    }
}

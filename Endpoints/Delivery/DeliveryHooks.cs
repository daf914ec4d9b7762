using Dovetail.Endpoints.Hooks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Delivery;

/// <summary>What the carrier tells of its own accord.</summary>
public static class DeliveryHooks
{
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        if (CdekHookOptions.Add(services, configuration))
            services.AddSingleton<IHook, CdekHook>();
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>The stand-ins of all external systems as one web application.</summary>
public static class SandboxRole
{
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<SandboxOptions>().Bind(configuration.GetSection(SandboxOptions.Section));
        services.AddSingleton<SandboxLedger>();
        services.AddSingleton<Levers>();
    }

    public static void Map(WebApplication app)
    {
        app.UseRouting();
        app.UseWhen(
            context => !context.Request.Path.StartsWithSegments("/control", StringComparison.Ordinal),
            vendors => vendors.UseMiddleware<LeverMiddleware>());

        Control.Map(app.MapGroup("/control"));
    }

    /// <summary>The configuration that points every connector at the stand-ins.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Settings(Uri address, int smtpPort) =>
    [
    ];
}

using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Hooks;

/// <summary>Where vendors tell what happened on their side. The endpoints that work with them say how each is verified: <see cref="IHook"/>.</summary>
public static class HooksEndpoint
{
    public const string Name = "Hooks";

    /// <summary>Nobody answers it, and each hook names the endpoint that its messages go to.</summary>
    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing) => endpoint.SendOnly();

    /// <summary>Beside these the host registers the hooks, and the bus's ITransactionalSession on the same database.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        services.AddDatabase<HookDb>(configuration, "hooks");
        services.AddSingleton<CommitLane<HookDb>>();
        services.AddSettings<HookOptions>(configuration, HookOptions.Section, PublicHooks.Member);
        services.AddOptions<HookOptions>()
            .Validate(
                options => options.KeepFor >= HookOptions.Shortest,
                $"{HookOptions.Section}:{nameof(HookOptions.KeepFor)} must be {HookOptions.Shortest} or more: some vendors repeat a webhook for three days.");
        services.AddSingleton<HookIntake>();
        services.AddSingleton<HookRoutes>();
        services.AddHostedService<HookCleanup>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var routes = app.Services.GetRequiredService<HookRoutes>();
        app.MapPost("/hooks/{vendor}/{**rest}", (string vendor, string? rest, HttpContext http) => routes.Receive(vendor, rest, http))
            .RequireAuthorization(Access.Vendor);
    }
}

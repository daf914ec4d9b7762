using Dovetail.ServiceControl.Access;
using Dovetail.ServiceControl.Api;
using Dovetail.ServiceControl.Console;
using Dovetail.ServiceControl.Ingestion;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Retries;
using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.ServiceControl;

/// <summary>What happened to every message: audited and failed ones, retries, and the console. Needs an <see cref="IRawQueues"/> among the services.</summary>
public static class ServiceControlRole
{
    /// <exception cref="OptionsValidationException">Settings are missing or wrong; all of them are named.</exception>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        var options = ServiceControlOptions.Read(configuration);
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        AddStore(services, options);

        services.AddSingleton<Ingestor>();
        services.AddSingleton<RetryDispatcher>();
        services.AddSingleton<FailedMessages>();
        services.AddSingleton<Instance>();
        services.AddSingleton<ErrorsApi>();
        services.AddSingleton<MessagesApi>();
        services.AddSingleton<ConsolePages>();

        services.AddHostedService<StoreAtStart>();
        services.AddHostedService<QueueReaders>();
        services.AddHostedService(provider => provider.GetRequiredService<RetryDispatcher>());
        services.AddHostedService<Retention>();

        services.AddProblemDetails();
        services.AddHealthChecks().AddCheck<StoreIsReadable>("messages");
        GatewayIdentity.Add(services, options);
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            // Whoever gets past the door holds the gateway's signature: what it says about the browser's address is believed, wherever it runs.
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedProto;
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
        });
    }

    public static void Map(WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseRouting();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), api => api.Use(Answers.AddHeaders));
        app.UseStatusCodePages();
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready").AllowAnonymous();

        var api = app.MapGroup("/api");
        RootApi.Map(api);
        app.Services.GetRequiredService<ErrorsApi>().Map(api);
        app.Services.GetRequiredService<MessagesApi>().Map(api);
        app.Services.GetRequiredService<ConsolePages>().Map(app.MapGroup("/console"));
    }

    static void AddStore(IServiceCollection services, ServiceControlOptions options)
    {
        services.AddPooledDbContextFactory<StoreContext>(context => StoreContext.Use(context, options.Database));
        services.AddSingleton<MessageStore>();

        // It writes every statement, of which there are many a second.
        services.AddLogging(logging => logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Warning));
    }
}

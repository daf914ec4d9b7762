using Dovetail.Endpoints.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Connectors;

/// <summary>Registers the HTTP client of an external system.</summary>
public static class Connector
{
    /// <summary>A typed client with its options (validated at start) and its resilience.</summary>
    /// <param name="system">The system's name for people, used in messages: "YooKassa".</param>
    /// <param name="section">Path of the section that holds the options: "Payments:YooKassa".</param>
    public static IHttpClientBuilder AddConnector<TClient, TOptions>(
        this IServiceCollection services, IConfiguration configuration, string system, string section)
        where TClient : class
        where TOptions : ConnectorOptions
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<TOptions>>(new ConnectorValidation<TOptions>(section));
        // What the system's webhooks need is read by the role that takes them, and how its changes are followed by who follows them.
        services.AddSettings<TOptions>(configuration, section, "Hooks", "Feed");

        // One for the system and not one a client: its circuit breaker and its limit must see every call.
        services.AddKeyedSingleton(system, (provider, _) =>
            new Resilience(system, provider.GetRequiredService<IOptions<TOptions>>().Value, provider.GetRequiredService<TimeProvider>()));

        return services.AddHttpClient<TClient>(system, (provider, http) =>
        {
            var options = provider.GetRequiredService<IOptions<TOptions>>().Value;
            http.BaseAddress = WithTrailingSlash(options.BaseAddress!);

            // Each attempt has its own limit in the pipeline; this one would count the repetitions and the queue too.
            http.Timeout = Timeout.InfiniteTimeSpan;
        })
        .UseSocketsHttpHandler((sockets, provider) => sockets.ConnectTimeout = provider.GetRequiredService<IOptions<TOptions>>().Value.ConnectTimeout)
        .AddHttpMessageHandler(provider => new ResilienceHandler(provider.GetRequiredKeyedService<Resilience>(system)))

        // The factory's own log lines are two handlers around every call, and show addresses with what is secret in them. Spans tell the same.
        .RemoveAllLoggers();
    }

    // Without the slash a relative address would replace the last segment of the path ("/v3").
    static Uri WithTrailingSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new(address.AbsoluteUri + "/");
}

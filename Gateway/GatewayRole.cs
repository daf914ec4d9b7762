using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Limits;
using Dovetail.Gateway.Oidc;
using Dovetail.Gateway.Routing;
using Dovetail.Gateway.Settings;
using Dovetail.Gateway.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;

namespace Dovetail.Gateway;

/// <summary>The front door: who may come in, how often and how large, and to which role it goes.</summary>
public static class GatewayRole
{
    /// <summary>The header by which an instance that can't work yet says that it has not even looked at a request: then another may have it, whatever it is.</summary>
    public const string NotTaken = "Dovetail-Not-Taken";

    const string KeyTokenOrCookie = "KeyTokenOrCookie";

    // A machine that is gone does not even refuse: there must be time left for another instance.
    static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);

    /// <summary>The web roles behind: the keys under Gateway:Destinations.</summary>
    public static IReadOnlyList<string> Behind => RouteTable.Clusters;

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new LiveOptions(configuration, provider.GetRequiredService<ILogger<LiveOptions>>()));
        services.AddSingleton(provider => new ApiKeys(provider.GetRequiredService<LiveOptions>().Current.Database, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IdentityTokens>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Admission>();
        services.AddSingleton<AnswerTime>();
        services.AddSingleton<AnotherInstance>();
        services.AddSingleton<Faults>();
        services.AddSingleton<RequestLog>();
        services.AddSingleton<SignInPages>();
        services.AddSingleton<Providers>();
        services.AddHostedService(provider => provider.GetRequiredService<Providers>());
        services.AddHealthChecks().AddCheck<KeysAreReadable>("keys").AddCheck<Providers>("oidc");
        services.Configure<KestrelServerOptions>(server => server.AddServerHeader = false);

        // The first two write whole addresses, and the address of a customer's page is its secret: RequestLog says what is needed.
        // YARP writes a stack trace for each probe and request that failed, where Readiness and Faults say it in a line.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning)
            .AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.None)
            .AddFilter("Yarp.ReverseProxy.Health", LogLevel.None));

        AddProxy(services);
        AddAccess(services);
    }

    /// <exception cref="OptionsValidationException">Settings are missing or wrong; all of them are named.</exception>
    public static void Map(WebApplication app)
    {
        var services = app.Services;
        var options = services.GetRequiredService<LiveOptions>();

        // From the outside inwards. Each step may end the request; what it has not seen yet cannot cost anything.
        app.UseForwardedHeaders();
        app.Use(services.GetRequiredService<RequestLog>().Write);
        app.Use(CommonHeaders.Add);
        app.Use(services.GetRequiredService<Faults>().Catch);
        app.UseRouting();
        app.Use(services.GetRequiredService<Admission>().Admit);
        app.UseAuthentication();
        app.Use(services.GetRequiredService<RateLimits>().Hold);
        app.Use(SameOrigin.Guard);
        app.UseAuthorization();
        app.Use((HttpContext context, RequestDelegate next) => BodyLimit.Check(context, next, options.Current));

        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous().DisableRateLimiting();
        app.MapHealthChecks("/health/ready").AllowAnonymous().DisableRateLimiting();
        services.GetRequiredService<SignInPages>().Map(app);
        app.MapReverseProxy(proxy =>
        {
            proxy.Use(services.GetRequiredService<Faults>().Explain);
            proxy.Use(services.GetRequiredService<AnswerTime>().Limit);
            proxy.Use(services.GetRequiredService<AnotherInstance>().Ask);
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
        });
        app.MapFallback("{**path}", NotFound).AllowAnonymous();
    }

    static void AddProxy(IServiceCollection services)
    {
        services.AddReverseProxy().AddTransforms<BehindTheGateway>().ConfigureHttpClient((_, handler) => handler.ConnectTimeout = ConnectTime);
        services.AddSingleton<IActiveHealthCheckPolicy, Readiness>();
        services.AddSingleton<IProxyConfigProvider>(provider =>
        {
            var options = provider.GetRequiredService<LiveOptions>();
            var config = new InMemoryConfigProvider(ProxyConfig.Routes(options.Current), ProxyConfig.Clusters(options.Current));
            options.Changed += changed => config.Update(ProxyConfig.Routes(changed), ProxyConfig.Clusters(changed));
            return config;
        });
        services.AddOptions<ForwardedHeadersOptions>().Configure<LiveOptions>((forwarded, options) =>
        {
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in options.Current.TrustedProxies)
                forwarded.KnownIPNetworks.Add(network);

            // With no network known the middleware would believe everybody.
            forwarded.ForwardedHeaders = options.Current.TrustedProxies.Count == 0
                ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        });
    }

    static void AddAccess(IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("Dovetail.Gateway");
        services.AddOptions<KeyManagementOptions>().Configure<LiveOptions, ILoggerFactory>((management, options, logging) =>
            management.XmlRepository = new FileSystemXmlRepository(OwnFolder(options.Current.DataProtectionKeys), logging));

        services.AddAuthentication(KeyTokenOrCookie)
            .AddPolicyScheme(KeyTokenOrCookie, displayName: null, scheme => scheme.ForwardDefaultSelector =
                context => !ApiKeyHandler.HasKey(context.Request) ? CookieAuthenticationDefaults.AuthenticationScheme
                    : TokenHandler.CanRead(context) && context.RequestServices.GetRequiredService<Providers>().Any ? TokenHandler.Name
                    : ApiKeyHandler.Name)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Name, configureOptions: null)
            .AddScheme<AuthenticationSchemeOptions, TokenHandler>(TokenHandler.Name, configureOptions: null)
            .AddCookie(ConsoleCookie.Configure);

        // What is mapped without a rule of its own stays shut.
        var authorization = services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
        foreach (var access in new[] { Access.Shop, Access.Support, Access.ShopOrSupport })
            authorization.AddPolicy(access.Name, policy => policy.RequireRole(access.Roles));
    }

    static DirectoryInfo OwnFolder(string path) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    static Task NotFound(HttpContext context) => Problem.Write(
        context,
        StatusCodes.Status404NotFound,
        "Nothing is found at this address. Orders are under /v1/orders, a customer's page is under /track, and support signs in at /console.");
}

using System.Net.Http.Headers;
using System.Text;
using Dovetail.Bus;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NServiceBus;

namespace Dovetail.Endpoints.Tests;

/// <summary>A web role on a free port with its endpoint on the real bus, as behind the gateway, in a folder of its own.</summary>
sealed class RoleHost : IAsyncDisposable
{
    public const string SigningKey = "a signing key for tests, long enough for HS256";

    readonly string _folder = Directory.CreateTempSubdirectory("dovetail-role-").FullName;
    readonly List<IHost> _others = [];
    readonly List<HttpClient> _clients = [];
    TimeProvider _time = TimeProvider.System;
    WebApplication? _app;

    public WebApplication App => _app ?? throw new InvalidOperationException("The role is not started.");

    public Uri Address => new(App.Urls.Single());

    /// <summary>The connection string of the file that role and bus share.</summary>
    public string Database => $"Data Source={File}";

    /// <param name="others">Endpoints that run beside the role: name and handlers.</param>
    /// <param name="identifier">For an endpoint that asks for its session by its own, as it shares its host with others.</param>
    public static async Task<RoleHost> Start(
        string name, Action<EndpointConfiguration, RoutingSettings> configure, Action<IServiceCollection, IConfiguration> addServices, Action<WebApplication> map,
        CancellationToken cancellation, TimeProvider? time = null, (string Name, Action<EndpointConfiguration> Configure, object Recorder)[]? others = null, string? identifier = null,
        params (string Key, string? Value)[] settings)
    {
        var host = new RoleHost { _time = time ?? TimeProvider.System };
        foreach (var other in others ?? [])
            await host.StartOther(other.Name, other.Configure, other.Recorder, cancellation);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(
        [
            new("ConnectionStrings:Dovetail", host.Database), new("Identity:SigningKey", SigningKey),
            .. settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)),
        ]);
        builder.Services.Replace(ServiceDescriptor.Singleton(host._time));
        addServices(builder.Services, builder.Configuration);
        builder.Services.AddNServiceBusEndpoint(host.Endpoint(name, configure), identifier);
        host._app = builder.Build();
        map(host._app);
        await host._app.StartAsync(cancellation);
        return host;
    }

    /// <summary>A client that the gateway vouches for; without roles, one whom nobody vouches for.</summary>
    public HttpClient Client(string client = "shop-1", params string[] roles)
    {
        var http = new HttpClient { BaseAddress = Address };
        if (roles.Length > 0) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(client, roles));
        _clients.Add(http);
        return http;
    }

    /// <summary>A system of others, for whose address the gateway vouches.</summary>
    public HttpClient Vendor(string address)
    {
        var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Sign(new Dictionary<string, object> { ["address"] = address }, expires: _time.GetUtcNow().AddMinutes(1)));
        _clients.Add(http);
        return http;
    }

    public static string Token(
        string? client, string[] roles, string key = SigningKey, string issuer = "dovetail-gateway", string audience = "dovetail", DateTimeOffset? expires = null) =>
        Sign(new Dictionary<string, object> { ["role"] = roles }.Concat(client is null ? [] : [new("sub", client)]).ToDictionary(), key, issuer, audience, expires);

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        if (_app is not null) await _app.DisposeAsync();
        foreach (var other in _others)
        {
            await other.StopAsync(CancellationToken.None);
            other.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    static string Sign(
        Dictionary<string, object> claims, string key = SigningKey, string issuer = "dovetail-gateway", string audience = "dovetail", DateTimeOffset? expires = null) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            Expires = (expires ?? TimeProvider.System.GetUtcNow().AddMinutes(1)).UtcDateTime,
            Claims = claims,
            SigningCredentials = new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256),
        });

    string File => Path.Combine(_folder, "dovetail.db");

    async Task StartOther(string name, Action<EndpointConfiguration> configure, object recorder, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddSingleton(recorder.GetType(), recorder);
        builder.Services.AddNServiceBusEndpoint(Endpoint(name, (endpoint, _) => configure(endpoint)));
        var other = builder.Build();
        _others.Add(other);
        await other.StartAsync(cancellation);
    }

    EndpointConfiguration Endpoint(string name, Action<EndpointConfiguration, RoutingSettings> configure)
    {
        var endpoint = new EndpointConfiguration(name);
        var routing = endpoint.UseTransport(new SqliteTransport(File) { SurvivesPowerCuts = false });
        endpoint.UsePersistence<SqlitePersistence>().EnableTransactionalSession();
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.AssemblyScanner().Disable = true;
        endpoint.EnableInstallers();
        endpoint.Conventions()
            .DefiningCommandsAs(type => type.Namespace?.EndsWith(".Commands", StringComparison.Ordinal) == true)
            .DefiningEventsAs(type => type.Namespace?.EndsWith(".Events", StringComparison.Ordinal) == true)
            .DefiningMessagesAs(type => type.Namespace?.EndsWith(".Messages", StringComparison.Ordinal) == true);
        configure(endpoint, routing);
        return endpoint;
    }
}

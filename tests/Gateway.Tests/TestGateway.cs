using System.Text.Json;
using Dovetail.Gateway.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dovetail.Gateway.Tests;

/// <summary>The real gateway on a port of its own, in front of small roles.</summary>
sealed class TestGateway : IAsyncDisposable
{
    public const string ShopKey = "key-of-the-web-shop";
    public const string SupportKey = "key-of-the-support-desk";

    readonly string _folder = Directory.CreateTempSubdirectory("gateway-").FullName;
    readonly List<string> _logs = [];
    WebApplication? _app;

    public FakeTime Time { get; } = new();

    public required TestUpstream Shop { get; init; }

    public required TestUpstream Tracking { get; init; }

    public required TestUpstream ServiceControl { get; init; }

    /// <summary>Stands for every other role at once.</summary>
    public required TestUpstream Others { get; init; }

    public HttpClient Client { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public ApiKeys Keys => _app!.Services.GetRequiredService<ApiKeys>();

    public IConfigurationRoot Configuration => (IConfigurationRoot)_app!.Configuration;

    public string DatabaseFile => Path.Combine(_folder, "data", "gateway.db");

    public IReadOnlyList<string> Logs
    {
        get
        {
            lock (_logs)
                return [.. _logs];
        }
    }

    public static async Task<TestGateway> Start(CancellationToken cancellation, params (string Key, string Value)[] settings)
    {
        var gateway = new TestGateway
        {
            Shop = await TestUpstream.Start("shop", cancellation),
            Tracking = await TestUpstream.Start("tracking", cancellation),
            ServiceControl = await TestUpstream.Start("servicecontrol", cancellation),
            Others = await TestUpstream.Start("others", cancellation),
        };
        try
        {
            await gateway.StartApp(settings, cancellation);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, string? key = null, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public Task<HttpResponseMessage> Get(string path, string? key = null, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Get, path, key, content: null, headers);

    /// <summary>Reads a problem and checks that it has all that RFC 9457 and the house ask of one.</summary>
    public static async Task<JsonElement> Problem(HttpResponseMessage response, int status)
    {
        Assert.AreEqual(status, (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        Assert.AreEqual(status, problem.GetProperty("status").GetInt32());
        Assert.IsGreaterThan(0, problem.GetProperty("title").GetString()!.Length);
        Assert.IsGreaterThan(20, problem.GetProperty("detail").GetString()!.Length);
        Assert.AreEqual(response.Headers.GetValues("X-Trace-Id").Single(), problem.GetProperty("traceId").GetString());
        return problem;
    }

    public static string Header(HttpResponseMessage response, string name) => string.Join(", ", response.Headers.GetValues(name));

    public Task StopApp(CancellationToken cancellation) => _app!.StopAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        await Shop.DisposeAsync();
        await Tracking.DisposeAsync();
        await ServiceControl.DisposeAsync();
        await Others.DisposeAsync();

        // SQLite's pool keeps the file open, which would keep the folder.
        using (var connection = new SqliteConnection($"Data Source={DatabaseFile}"))
            SqliteConnection.ClearPool(connection);
        Directory.Delete(_folder, recursive: true);
    }

    async Task StartApp((string Key, string Value)[] settings, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(new Recorder(_logs)).SetMinimumLevel(LogLevel.Debug);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(GatewayRole.Behind.Select(role => KeyValuePair.Create($"Gateway:Destinations:{role}", (string?)Others.Address)));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Destinations:Shop"] = Shop.Address,
            ["Gateway:Destinations:Tracking"] = Tracking.Address,
            ["Gateway:Destinations:ServiceControl"] = ServiceControl.Address,
            ["Gateway:Database"] = $"Data Source={DatabaseFile}",
            ["Gateway:DataProtectionKeys"] = Path.Combine(_folder, "cookies"),
            ["Identity:SigningKey"] = TestUpstream.SigningKey,
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value));
        builder.Services.AddSingleton<TimeProvider>(Time);
        GatewayRole.AddServices(builder.Services, builder.Configuration);

        _app = builder.Build();
        GatewayRole.Map(_app);
        await _app.StartAsync(cancellation);
        await Keys.Ensure(ShopKey, "web-shop", [Roles.Shop], cancellation);
        await Keys.Ensure(SupportKey, "support-desk", [Roles.Support], cancellation);
        Client.BaseAddress = new Uri(_app.Urls.Single());
    }

    sealed class Recorder(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
                lines.Add($"{logLevel} {formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
        }
    }
}

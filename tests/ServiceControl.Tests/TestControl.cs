using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Dovetail.ServiceControl.Ingestion;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.ServiceControl.Tests;

/// <summary>The real role on a port and a file of its own. It can be stopped and started again over the same queues and file.</summary>
sealed class TestControl : IAsyncDisposable
{
    const string SigningKey = "a-signing-key-for-tests-of-servicecontrol";

    readonly string _folder = Directory.CreateTempSubdirectory("servicecontrol-").FullName;
    WebApplication? _app;

    public InMemoryQueues Queues { get; } = new();

    public ManualTime Time { get; } = new();

    public HttpClient Client { get; private set; } = new();

    string? Database { get; init; }

    public string DatabaseFile => Path.Combine(_folder, "data", "servicecontrol.db");

    public IServiceProvider Services => _app!.Services;

    /// <summary>Every line that the role has logged.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public MessageStore Store => Services.GetRequiredService<MessageStore>();

    public Ingestor Ingestor => Services.GetRequiredService<Ingestor>();

    /// <param name="database">A connection string; null for a file.</param>
    public static async Task<TestControl> Start(CancellationToken cancellation, string? database = null)
    {
        var control = new TestControl { Database = database };
        await control.StartAgain(cancellation);
        return control;
    }

    public async Task StartAgain(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(new Logs(Log));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ServiceControl:Database"] = Database ?? DatabaseFile,
            ["Identity:SigningKey"] = SigningKey,
        });
        builder.Services.AddSingleton<IRawQueues>(Queues);
        builder.Services.AddSingleton<TimeProvider>(Time);
        ServiceControlRole.AddServices(builder.Services, builder.Configuration);
        _app = builder.Build();
        ServiceControlRole.Map(_app);
        await _app.StartAsync(cancellation);

        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(_app.Urls.Single()) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("support"));
    }

    public async Task Stop()
    {
        Client.Dispose();
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
    }

    public static string Token(string role, string key = SigningKey, string issuer = "dovetail-gateway") => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = "dovetail",
        Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1),
        Claims = new Dictionary<string, object> { ["sub"] = "desk", ["name"] = "Support desk", ["role"] = new[] { role } },
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256),
    });

    public async Task<JsonNode> Json(string path, CancellationToken cancellation) => JsonNode.Parse(await Client.GetStringAsync(path, cancellation))!;

    /// <summary>The status of a failed message as the API tells it.</summary>
    public async Task<string> Status(string id, CancellationToken cancellation) => (string)(await Json($"/api/errors/last/{id}", cancellation))["status"]!;

    /// <summary>Sends a form of the console as a browser does.</summary>
    public async Task<HttpResponseMessage> Press(string path, CancellationToken cancellation, string? site = "same-origin")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([]) };
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        return await Client.SendAsync(request, cancellation);
    }

    /// <summary>Everything that lies in the queue has been ingested.</summary>
    public Task Drained(string queue, CancellationToken cancellation) => Eventually(() => Task.FromResult(Queues.In(queue).Count == 0), cancellation);

    public static async Task Eventually(Func<Task<bool>> condition, CancellationToken cancellation)
    {
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = DatabaseFile, DefaultTimeout = 30 }.ConnectionString))
            SqliteConnection.ClearPool(connection);
        Directory.Delete(_folder, recursive: true);
    }

    sealed class Logs(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

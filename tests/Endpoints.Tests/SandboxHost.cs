using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Sandbox.Mail;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Dovetail.Endpoints.Tests;

/// <summary>The sandbox on a free port with a folder of its own, and endpoints that are wired to it.</summary>
sealed class SandboxHost : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("dovetail-sandbox-").FullName;
    readonly IReadOnlyDictionary<string, string?> _settings;
    readonly TimeProvider _time;
    readonly List<ServiceProvider> _connected = [];
    readonly HttpClient _control = new();
    WebApplication _app;

    SandboxHost(IReadOnlyDictionary<string, string?> settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _app = Build();
    }

    /// <summary>Where the stand-ins listen: <c>http://127.0.0.1:port/</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0/");

    /// <summary>What is registered in the sandbox, such as the stand-ins themselves.</summary>
    public IServiceProvider Services => _app.Services;

    /// <param name="settings">Configuration of sandbox and connectors, over their defaults: <c>("Sandbox:MesJob", "00:00:00.1")</c>.</param>
    public static async Task<SandboxHost> Start(
        CancellationToken cancellation, TimeProvider? time = null, params (string Key, string? Value)[] settings)
    {
        var host = new SandboxHost(settings.ToDictionary(setting => setting.Key, setting => setting.Value), time ?? TimeProvider.System);
        await host.Listen(cancellation);
        return host;
    }

    /// <summary>The process ends and a new one begins, at another address, with what the folder holds.</summary>
    public async Task Restart(CancellationToken cancellation)
    {
        await _app.DisposeAsync();
        _app = Build();
        await Listen(cancellation);
    }

    /// <summary>Services of endpoints that are configured for this sandbox: <c>host.Connect(PaymentsEndpoint.AddServices)</c>. Each call is a process of its own.</summary>
    public ServiceProvider Connect(Action<IServiceCollection, IConfiguration> addServices, params (string Key, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(SandboxRole.Settings(Address, Services.GetRequiredService<MailSandbox>().Port))
            .AddInMemoryCollection([new("ConnectionStrings:Dovetail", $"Data Source={Path.Combine(_folder, "dovetail.db")};Pooling=False")])
            .AddInMemoryCollection(_settings)
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value))
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton(_time);
        services.AddLogging();
        addServices(services, configuration);
        var provider = services.BuildServiceProvider();
        _connected.Add(provider);
        return provider;
    }

    public void Pull(Lever lever) => Services.GetRequiredService<Levers>().Pull(lever);

    /// <summary>What a stand-in remembers, as its control API shows it.</summary>
    public async Task<JsonArray> Documents(string system, string? order, CancellationToken cancellation) =>
        await _control.GetFromJsonAsync<JsonArray>(
            new Uri(Address, $"control/ledgers/{system}" + (order is null ? "" : $"?order={Uri.EscapeDataString(order)}")), cancellation) ?? [];

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in _connected)
            await provider.DisposeAsync();
        _control.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    async Task Listen(CancellationToken cancellation)
    {
        await _app.StartAsync(cancellation);
        Address = new(_app.Urls.Single() + "/");
    }

    WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection([new("Sandbox:Folder", Path.Combine(_folder, "sandbox")), new("Sandbox:SmtpPort", "0")]);
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Services.Replace(ServiceDescriptor.Singleton(_time));
        SandboxRole.AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        SandboxRole.Map(app);
        return app;
    }
}

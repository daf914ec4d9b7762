using Dovetail.Endpoints.Sandbox.Bitrix24;
using Dovetail.Endpoints.Sandbox.Mail;
using Dovetail.Endpoints.Sandbox.Mes;
using Dovetail.Endpoints.Sandbox.Mindbox;
using Dovetail.Endpoints.Sandbox.YooKassa;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.DependencyInjection;

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

        services.AddSingleton<MindboxSandbox>();
        services.AddSingleton<MesSandbox>();
        services.AddOptions<Bitrix24Limits>().Bind(configuration.GetSection(SandboxOptions.Section + ":Bitrix24"));
        services.AddSingleton<Bitrix24Sandbox>();
        services.AddSingleton<MailSandbox>();
        services.AddHostedService(provider => provider.GetRequiredService<MailSandbox>());
        services.AddSingleton<YooKassaSandbox>();
    }

    public static void Map(WebApplication app)
    {
        app.UseRouting();
        app.UseWhen(
            context => !context.Request.Path.StartsWithSegments("/control", StringComparison.Ordinal),
            vendors => vendors.UseMiddleware<LeverMiddleware>());

        Control.Map(app.MapGroup("/control"));
        app.Services.GetRequiredService<MindboxSandbox>().Map(app.MapGroup("/mindbox/v3"));
        app.Services.GetRequiredService<MesSandbox>().Map(app.MapGroup("/mes/v1"));
        app.Services.GetRequiredService<Bitrix24Sandbox>().Map(app.MapGroup("/bitrix24"));
        app.Services.GetRequiredService<YooKassaSandbox>().Map(app.MapGroup("/yookassa/v3"));
    }

    /// <summary>The configuration that points every connector at the stand-ins.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Settings(Uri address, int smtpPort) =>
    [
        new("Payments:YooKassa:BaseAddress", $"{address}yookassa/v3"),
        new("Payments:YooKassa:ShopId", YooKassaSandbox.ShopId),
        new("Payments:YooKassa:SecretKey", YooKassaSandbox.SecretKey),
        new("Pricing:Mindbox:BaseAddress", $"{address}mindbox/v3"),
        new("Pricing:Mindbox:EndpointId", MindboxSandbox.EndpointId),
        new("Pricing:Mindbox:SecretKey", MindboxSandbox.SecretKey),
        new("Pricing:Mindbox:Operation", MindboxSandbox.Operation),
        new("Mes:BaseAddress", $"{address}mes/v1"),
        new("Mes:ApiKey", MesSandbox.ApiKey),
        new("Crm:Bitrix24:BaseAddress", $"{address}bitrix24/rest"),
        new("Crm:Bitrix24:UserId", "1"),
        new("Crm:Bitrix24:Code", Bitrix24Sandbox.Code),
        new("Crm:Bitrix24:PerSecond", "1000"),
        new("Crm:Bitrix24:Burst", "1000"),
        new("Crm:Bitrix24:LongestRequest", "00:00:05"),
        new("Notifications:Smtp:Host", "127.0.0.1"),
        new("Notifications:Smtp:Port", $"{smtpPort}"),
        new("Notifications:From", "shop@sandbox.example"),
        new("Notifications:FromName", "Sandbox shop"),
        new("Notifications:PublicAddress", "http://localhost:8080"),
    ];
}

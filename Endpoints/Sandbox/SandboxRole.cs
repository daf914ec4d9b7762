using Dovetail.Endpoints.Sandbox.Bitrix24;
using Dovetail.Endpoints.Sandbox.Cdek;
using Dovetail.Endpoints.Sandbox.Loymax;
using Dovetail.Endpoints.Sandbox.Mail;
using Dovetail.Endpoints.Sandbox.Mes;
using Dovetail.Endpoints.Sandbox.Mindbox;
using Dovetail.Endpoints.Sandbox.RetailCrm;
using Dovetail.Endpoints.Sandbox.Stripe;
using Dovetail.Endpoints.Sandbox.Telegram;
using Dovetail.Endpoints.Sandbox.Webhooks;
using Dovetail.Endpoints.Sandbox.YooKassa;
using Dovetail.Endpoints.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>The stand-ins of all external systems as one web application.</summary>
public static class SandboxRole
{
    /// <summary>Members of the section that have options of their own.</summary>
    static readonly string[] Parts = ["Bitrix24", "Cdek", "RetailCrm", "Telegram", "Webhooks"];

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        var clock = new SandboxClock((TimeProvider)services.Last(service => service.ServiceType == typeof(TimeProvider)).ImplementationInstance!);
        services.AddSingleton(clock);
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
        services.AddSettings<SandboxOptions>(configuration, SandboxOptions.Section, Parts);
        services.AddSingleton<SandboxLedger>();
        services.AddSingleton<Levers>();
        services.AddSettings<WebhookOptions>(configuration, WebhookOptions.Section);
        services.AddSingleton<WebhookPost>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookPost>());

        services.AddSingleton<MindboxSandbox>();
        services.AddSingleton<MesSandbox>();
        services.AddSettings<Bitrix24Limits>(configuration, Bitrix24Limits.Section);
        services.AddSingleton<Bitrix24Application>();
        services.AddSingleton<Bitrix24Events>();
        services.AddSingleton<Bitrix24Sandbox>();
        services.AddSingleton<MailSandbox>();
        services.AddHostedService(provider => provider.GetRequiredService<MailSandbox>());
        services.AddSingleton<YooKassaSandbox>();
        services.AddSingleton<StripeEvents>();
        services.AddSingleton<StripeSandbox>();
        services.AddSingleton<LoymaxSandbox>();
        services.AddSettings<RetailCrmSandboxOptions>(configuration, RetailCrmSandboxOptions.Section);
        services.AddSingleton<RetailCrmBook>();
        services.AddSingleton<RetailCrmSandbox>();
        services.AddSettings<CdekSandboxOptions>(configuration, CdekSandboxOptions.Section);
        services.AddSingleton<CdekNews>();
        services.AddSingleton<CdekSandbox>();
        services.AddHostedService(provider => provider.GetRequiredService<CdekSandbox>());
        services.AddSettings<TelegramSandboxOptions>(configuration, TelegramSandboxOptions.Section);
        services.AddSingleton<TelegramBook>();
        services.AddSingleton<TelegramPost>();
        services.AddHostedService(provider => provider.GetRequiredService<TelegramPost>());
        services.AddSingleton<TelegramSandbox>();
    }

    public static void Map(WebApplication app)
    {
        app.Services.GetRequiredService<SandboxClock>().Resume(app.Services.GetRequiredService<SandboxLedger>());
        app.UseRouting();
        app.UseWhen(
            context => !context.Request.Path.StartsWithSegments("/control", StringComparison.Ordinal),
            vendors => vendors.UseMiddleware<LeverMiddleware>());

        Control.Map(app.MapGroup("/control"));
        app.Services.GetRequiredService<MindboxSandbox>().Map(app.MapGroup("/mindbox/v3"));
        app.Services.GetRequiredService<MesSandbox>().Map(app.MapGroup("/mes/v1"));
        var bitrix = app.Services.GetRequiredService<Bitrix24Sandbox>();
        bitrix.Map(app.MapGroup("/bitrix24"));
        bitrix.MapControl(app.MapGroup("/control/bitrix24"));
        app.Services.GetRequiredService<YooKassaSandbox>().Map(app.MapGroup("/yookassa/v3"));
        var stripe = app.Services.GetRequiredService<StripeSandbox>();
        stripe.Map(app.MapGroup("/stripe/v1"));
        stripe.MapControl(app.MapGroup("/control/stripe"));
        app.Services.GetRequiredService<LoymaxSandbox>().Map(app.MapGroup("/loymax"));
        app.Services.GetRequiredService<RetailCrmSandbox>().Map(app.MapGroup("/retailcrm/api/v5"));
        app.Services.GetRequiredService<CdekSandbox>().Map(app.MapGroup("/cdek/v2"));
        var telegram = app.Services.GetRequiredService<TelegramSandbox>();
        telegram.Map(app.MapGroup("/telegram"));
        telegram.MapControl(app.MapGroup("/control/telegram"));
    }

    /// <summary>The hub's front door is open: what happens from now on is told there.</summary>
    public static void TellTo(WebApplication app, Uri hub) => app.Services.GetRequiredService<IOptions<WebhookOptions>>().Value.Hub ??= hub;

    /// <summary>Where the mail server of a running sandbox listens.</summary>
    public static int SmtpPort(WebApplication app) => app.Services.GetRequiredService<MailSandbox>().Port;

    /// <summary>The configuration that points every connector at the stand-ins.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Settings(Uri address, int smtpPort) =>
    [
        new("Payments:YooKassa:BaseAddress", $"{address}yookassa/v3"),
        new("Payments:YooKassa:ShopId", YooKassaSandbox.ShopId),
        new("Payments:YooKassa:SecretKey", YooKassaSandbox.SecretKey),
        new("Payments:YooKassa:Receipts:Send", "true"),
        new("Payments:YooKassa:Receipts:Vat", "1"),
        new("Payments:YooKassa:Hooks:Networks", "127.0.0.0/8;::1/128"),
        new("Payments:Stripe:Hooks:Secrets", new WebhookOptions().StripeSecret),
        new("Payments:Stripe:BaseAddress", $"{address}stripe/v1"),
        new("Payments:Stripe:SecretKey", StripeSandbox.SecretKey),
        new("Loyalty:Loymax:BaseAddress", $"{address}loymax"),
        new("Loyalty:Loymax:ClientId", LoymaxTokens.ClientId),
        new("Loyalty:Loymax:ClientSecret", LoymaxTokens.ClientSecret),
        new("Loyalty:Loymax:RedirectUri", "https://shop.sandbox.example/loyalty"),
        new("Loyalty:Loymax:UserName", LoymaxTokens.UserName),
        new("Loyalty:Loymax:Password", LoymaxTokens.Password),
        new("Oms:RetailCrm:BaseAddress", $"{address}retailcrm/api/v5"),
        new("Oms:RetailCrm:ApiKey", RetailCrmSandbox.ApiKey),
        new("Oms:RetailCrm:Site", RetailCrmSandbox.Shop),
        new("Oms:RetailCrm:Feed:Interval", "00:00:00.5"),
        new("Oms:RetailCrm:RequestsPerSecond", "1000"),
        new("Delivery:Cdek:BaseAddress", $"{address}cdek/v2"),
        new("Delivery:Cdek:ClientId", CdekSandbox.ClientId),
        new("Delivery:Cdek:ClientSecret", CdekSandbox.ClientSecret),
        new("Delivery:Cdek:Hooks:Secret", "sandbox-hook-secret"),
        new("Delivery:Cdek:Hooks:Interval", "00:00:01"),
        new("Delivery:Cdek:ShipmentPoint", "MSK67"),
        new("Delivery:Cdek:SenderCompany", "Sandbox shop"),
        new("Delivery:Cdek:SenderName", "Ivan Petrov"),
        new("Delivery:Cdek:SenderPhone", "+74950000000"),
        new("Pricing:Mindbox:BaseAddress", $"{address}mindbox/v3"),
        new("Pricing:Mindbox:EndpointId", MindboxSandbox.EndpointId),
        new("Pricing:Mindbox:SecretKey", MindboxSandbox.SecretKey),
        new("Pricing:Mindbox:Operation", MindboxSandbox.Operation),
        new("Mes:BaseAddress", $"{address}mes/v1"),
        new("Mes:ApiKey", MesSandbox.ApiKey),
        new("Crm:Bitrix24:BaseAddress", $"{address}bitrix24/rest"),
        new("Crm:Bitrix24:OAuthAddress", $"{address}bitrix24/oauth/token/"),
        new("Crm:Bitrix24:ClientId", Bitrix24Application.ClientId),
        new("Crm:Bitrix24:ClientSecret", Bitrix24Application.ClientSecret),
        new("Crm:Bitrix24:RefreshToken", Bitrix24Application.FirstRefreshToken),
        new("Crm:Bitrix24:Feed:Interval", "00:00:00.5"),
        new("Crm:Bitrix24:PerSecond", "1000"),
        new("Crm:Bitrix24:Burst", "1000"),
        new("Crm:Bitrix24:LongestRequest", "00:00:05"),
        new("Notifications:Smtp:Host", "127.0.0.1"),
        new("Notifications:Smtp:Port", $"{smtpPort}"),
        new("Notifications:Telegram:BaseAddress", $"{address}telegram"),
        new("Notifications:Telegram:Token", TelegramSandbox.Token),
        new("Notifications:Telegram:WebhookSecret", "sandbox-telegram-webhook-secret"),
        new("Notifications:From", "shop@sandbox.example"),
        new("Notifications:FromName", "Sandbox shop"),
        new("Notifications:PublicAddress", "http://localhost:8080"),
    ];
}

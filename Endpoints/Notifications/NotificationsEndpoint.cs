using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Writes to customers by e-mail and Telegram, once a notification, and knows how they wish to be told.</summary>
public static class NotificationsEndpoint
{
    public const string Name = "Notifications";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddHandler<LookUpPreferencesHandler>();
        endpoint.AddHandler<SendLetterHandler>();
        endpoint.AddHandler<SendTelegramHandler>();
        endpoint.AddHandler<AnswerTelegramHandler>();
    }

    /// <summary>The SQLite connection string is <c>ConnectionStrings:Notifications</c>, or else <c>ConnectionStrings:Dovetail</c>.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        AddPreferences(services, configuration);
        services.AddSingleton<Notices>();

        services.AddSingleton<IValidateOptions<NotificationsOptions>, NotificationsValidation>();
        services.AddSettings<NotificationsOptions>(configuration, NotificationsOptions.Section, "Telegram");
        services.AddSingleton<Mailer>();
        services.AddSingleton<Letters>();
        services.AddHealthChecks().AddCheck<MailerHealth>("notifications");
        services.AddHealthChecks().AddCheck<TelegramHealth>("telegram");
        services.AddHostedService<WebhookAtStart>();
    }

    /// <summary>The web role, where shops say how their customers wish to be told.</summary>
    public static void AddWebServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        AddPreferences(services, configuration);
        services.AddSingleton<PreferenceRoutes>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var routes = app.Services.GetRequiredService<PreferenceRoutes>();
        var customers = app.MapGroup("/v1/customers/{id}/notifications").RequireAuthorization(Access.Shop);
        customers.MapGet("", (string id, HttpContext http) => routes.Show(id, http));
        customers.MapPut("", (string id, HttpContext http) => routes.Set(id, http));
        customers.MapPost("/telegram", (string id, TelegramClient bot, HttpContext http) => routes.NewLink(id, bot, http));
        customers.MapDelete("/telegram", (string id, HttpContext http) => routes.Unlink(id, http));
    }

    static void AddPreferences(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOwnDatabase<NotificationsContext>(configuration, Name);
        services.AddSingleton<CommitLane<NotificationsContext>>();
        services.AddSingleton<CustomerPreferences>();
        AddTelegram(services, configuration);
    }

    static void AddTelegram(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<TelegramOptions>, TelegramValidation>();
        services.AddSingleton<TelegramLinks>();
        services.AddSingleton<TelegramPace>();
        services.AddTransient<BotToken>();

        // Whatever would write down an address that holds the token is switched off: the client's logs, and the span of each request.
        services.AddConnector<TelegramClient, TelegramOptions>(configuration, TelegramClient.Vendor, TelegramOptions.Section)
            .AddHttpMessageHandler<BotToken>()
            .RemoveAllLoggers()
            .UseSocketsHttpHandler((sockets, _) => sockets.ActivityHeadersPropagator = null);
    }
}

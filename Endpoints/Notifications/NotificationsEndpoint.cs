using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Settings;
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
    }

    /// <summary>The SQLite connection string is <c>ConnectionStrings:Notifications</c>, or else <c>ConnectionStrings:Dovetail</c>.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOwnDatabase<NotificationsContext>(configuration, Name);
        services.AddSingleton<CommitLane<NotificationsContext>>();
        services.AddSingleton<Notices>();
        services.AddSingleton<CustomerPreferences>();

        services.AddSingleton<IValidateOptions<NotificationsOptions>, NotificationsValidation>();
        services.AddSettings<NotificationsOptions>(configuration, NotificationsOptions.Section, "Telegram");
        services.AddSingleton<Mailer>();
        services.AddHealthChecks().AddCheck<MailerHealth>("notifications");
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
        services.AddHealthChecks().AddCheck<TelegramHealth>("telegram");
    }
}

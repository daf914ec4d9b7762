using Dovetail.Endpoints.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Writes to customers by e-mail, one letter a notification.</summary>
public static class NotificationsEndpoint
{
    public const string Name = "Notifications";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing) => endpoint.AddHandler<NotifyCustomerHandler>();

    /// <summary>The SQLite connection string is <c>ConnectionStrings:Notifications</c>, or else <c>ConnectionStrings:Dovetail</c>.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOwnDatabase<LettersContext>(configuration, Name);
        services.AddSingleton<Letters>();

        services.AddSingleton<IValidateOptions<NotificationsOptions>, NotificationsValidation>();
        services.AddOptions<NotificationsOptions>().Bind(configuration.GetSection(NotificationsOptions.Section)).ValidateOnStart();
        services.AddSingleton<Mailer>();
        services.AddHealthChecks().AddCheck<MailerHealth>("notifications");
    }
}

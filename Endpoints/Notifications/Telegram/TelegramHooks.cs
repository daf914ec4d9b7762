using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>What people write to the bot.</summary>
public static class TelegramHooks
{
    /// <summary>The hook, if there is a secret by which Telegram can be told from others.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration[$"{TelegramOptions.Section}:{nameof(TelegramOptions.WebhookSecret)}"]))
            return;
        services.AddSingleton<IHook, TelegramHook>();
        services.AddSingleton<IValidateOptions<TelegramOptions>, TelegramValidation>();
        services.AddSettings<TelegramOptions>(configuration, TelegramOptions.Section);
    }
}

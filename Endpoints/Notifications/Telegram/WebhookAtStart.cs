using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>Tells Telegram where to post what people write to the bot, each time that the hub starts. The same again changes nothing.</summary>
sealed partial class WebhookAtStart(
    TelegramClient telegram, IOptions<TelegramOptions> options, IOptions<NotificationsOptions> notifications, TimeProvider time, ILogger<WebhookAtStart> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A port that is chosen only when the gateway starts is none that anybody could be told.
        if (!options.Value.HearsChats || notifications.Value.PublicAddress is not { Port: > 0 } address)
            return;

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await telegram.SetWebhook(new Uri($"{address.AbsoluteUri.TrimEnd('/')}/hooks/telegram"), options.Value.WebhookSecret, stoppingToken);
                return;
            }
            catch (RejectedException no)
            {
                WasRefused(no.Message);
                return;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                IsTriedAgain(Pause, failure.Message);
                await Task.Delay(Pause, time, stoppingToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{Reason}")]
    partial void WasRefused(string reason);

    [LoggerMessage(LogLevel.Warning, "Telegram could not be told where the bot listens, and is told again in {Pause}: {Reason}")]
    partial void IsTriedAgain(TimeSpan pause, string reason);
}

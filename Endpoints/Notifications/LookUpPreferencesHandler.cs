using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Says how a customer wishes to be told; the number of the chat stays here.</summary>
sealed class LookUpPreferencesHandler(CustomerPreferences preferences, IOptions<TelegramOptions> telegram, TimeProvider time) : IHandleMessages<LookUpPreferences>
{
    public async Task Handle(LookUpPreferences command, IMessageHandlerContext context)
    {
        var (customer, consent) = await preferences.Find(command.Client, command.CustomerId, context.CancellationToken);
        var hasTelegram = telegram.Value.IsOn && customer.ChatId is not null;
        await context.Reply(new PreferencesFound(
            command.NotificationId, hasTelegram, hasTelegram && !customer.PrefersLetters, consent?.Agrees == true, customer.Quiet?.Until(time.GetUtcNow()), customer.Language));
    }
}

using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Says how a customer wishes to be told, or writes the letter at once where there is nothing to choose. The number of the chat stays here.</summary>
sealed class LookUpPreferencesHandler(CustomerPreferences preferences, Letters letters, IOptions<TelegramOptions> telegram, TimeProvider time) : IHandleMessages<LookUpPreferences>
{
    public async Task Handle(LookUpPreferences command, IMessageHandlerContext context)
    {
        var (customer, consent) = await preferences.Find(command.Client, command.CustomerId, context.CancellationToken);
        var hasTelegram = telegram.Value.IsOn && customer.ChatId is not null;
        var quietUntil = customer.Quiet?.Until(time.GetUtcNow());
        await context.Reply(command.Letter is { } letter && !hasTelegram && quietUntil is null
            ? await letters.Write(letter with { Language = customer.Language }, context.CancellationToken)
            : new PreferencesFound(command.NotificationId, hasTelegram, hasTelegram && !customer.PrefersLetters, consent?.Agrees == true, quietUntil, customer.Language));
    }
}

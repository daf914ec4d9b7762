using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Notifications.Words;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Writes to a customer's chat, at most once a notification id.</summary>
/// <remarks>
/// The Bot API has no idempotency either, and what comes twice is seen twice in a chat. So where nobody knows whether Telegram took a message, it is
/// not sent there again, and the answer says that it is not certain: whoever asked decides whether it must go another way as well.
/// </remarks>
sealed partial class SendTelegramHandler(
    Notices notices, CustomerPreferences preferences, TelegramClient telegram, IOptions<NotificationsOptions> options, TimeProvider time, ILogger<SendTelegramHandler> logger)
    : IHandleMessages<SendTelegram>
{
    public async Task Handle(SendTelegram command, IMessageHandlerContext context)
    {
        var (customer, _) = await preferences.Find(command.Client, command.CustomerId, context.CancellationToken);
        var (notice, turn) = await notices.Begin(
            command.NotificationId, command.OrderId, command.Kind, NoticeChannel.Telegram, Letter.MessageIdOf(command.NotificationId, options.Value.From), context.CancellationToken);
        await context.Reply(turn switch
        {
            NoticeTurn.Send => await Send(command, notice, customer.ChatId, context.CancellationToken),
            NoticeTurn.Overtaken => new NotificationOvertaken(command.NotificationId),
            var told => new TelegramSent(command.NotificationId, IsCertain: told == NoticeTurn.Told),
        });
    }

    internal static object Outcome(string notificationId, TelegramAnswer answer, DateTimeOffset now) => answer switch
    {
        TelegramAnswer.Sent => new TelegramSent(notificationId, IsCertain: true),
        TelegramAnswer.Unknown => new TelegramSent(notificationId, IsCertain: false),
        TelegramAnswer.Postponed busy => new TelegramPostponed(notificationId, now + busy.For),
        TelegramAnswer.Gone gone => new TelegramRefused(notificationId, gone.Why),
        TelegramAnswer.Refused no => new TelegramRefused(notificationId, no.Why),
        _ => throw new InvalidOperationException($"The answer {answer} to {notificationId} has no reply. Add it to {nameof(SendTelegramHandler)}.{nameof(Outcome)}, then retry the message."),
    };

    async Task<object> Send(SendTelegram command, NoticeRow notice, long? chat, CancellationToken cancellation)
    {
        var end = NoticeEnd.NotSent;
        try
        {
            if (chat is null)
                return new TelegramRefused(command.NotificationId, "no chat is linked");
            var words = LetterWords.For(new(command.OrderId, command.Kind, command.Details), command.Name, command.Language, command.TrackingId, options.Value);
            var text = TelegramText.Of(words);
            await telegram.Turn(cancellation);
            end = NoticeEnd.Unknown;
            var answer = await telegram.SendMessage(chat.Value, text, command.NotificationId, cancellation);
            end = answer switch
            {
                TelegramAnswer.Sent => NoticeEnd.Sent,
                TelegramAnswer.Unknown => NoticeEnd.Unknown,
                _ => NoticeEnd.NotSent,
            };
            if (answer is TelegramAnswer.Gone)
                await preferences.EndLink(command.Client, command.CustomerId, "blocked", CancellationToken.None);
            else if (answer is TelegramAnswer.Refused { Why: var why })
                WasRefused(command.NotificationId, why);
            return Outcome(command.NotificationId, answer, time.GetUtcNow());
        }
        catch (Exception failure) when (failure is NothingWasSentException or RejectedException)
        {
            end = NoticeEnd.NotSent;
            throw;
        }
        finally
        {
            // Not with the message's token: what may be in the chat must be known as such even while the hub stops.
            await notices.End(notice, end);
        }
    }

    [LoggerMessage(LogLevel.Error, "Telegram refused {NotificationId}, which goes another way now: {Why}. This is a fault of ours: correct how TelegramText writes it.")]
    partial void WasRefused(string notificationId, string why);
}

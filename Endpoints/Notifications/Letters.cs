using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Notifications.Words;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Writes one letter a notification id.</summary>
/// <remarks>
/// SMTP has no idempotency. If the process is killed, or the line breaks, after the server took the letter and before its receipt arrived, nobody
/// can know, and the letter is sent again: at least once. It has the same Message-ID then, by which mail programs and servers know it for the same.
/// </remarks>
sealed partial class Letters(Notices notices, Mailer mailer, IOptions<NotificationsOptions> options, ILogger<Letters> logger)
{
    /// <returns>What became of it: <see cref="LetterSent"/>, <see cref="LetterRefused"/> or <see cref="NotificationOvertaken"/>.</returns>
    public async Task<object> Write(SendLetter command, CancellationToken cancellation)
    {
        var messageId = Letter.MessageIdOf(command.NotificationId, options.Value.From);
        var (notice, turn) = await notices.Begin(command.NotificationId, command.OrderId, command.Kind, NoticeChannel.Letter, messageId, cancellation);
        if (turn == NoticeTurn.Overtaken)
            WasOvertaken(command.NotificationId, command.OrderId);
        return turn switch
        {
            NoticeTurn.Send => await Send(command, notice, cancellation),
            NoticeTurn.Overtaken => new NotificationOvertaken(command.NotificationId),
            _ => new LetterSent(command.NotificationId),
        };
    }

    async Task<object> Send(SendLetter command, NoticeRow notice, CancellationToken cancellation)
    {
        var end = NoticeEnd.Unknown;
        try
        {
            var words = LetterWords.For(new(command.OrderId, command.Kind, command.Details), command.Name, command.Language, command.TrackingId, options.Value);
            var refusal = await mailer.Send(new Letter(notice.MessageId, notice.FirstTried, command.Email, words), command.NotificationId, cancellation);
            end = refusal is null ? NoticeEnd.Sent : NoticeEnd.NotSent;
            return refusal is null ? new LetterSent(command.NotificationId) : new LetterRefused(command.NotificationId, refusal);
        }
        finally
        {
            // Not with the message's token: a letter that went out must be known as sent even while the hub stops.
            await notices.End(notice, end);
        }
    }

    [LoggerMessage(LogLevel.Information, "The letter {NotificationId} for order {OrderId} was not sent: the customer was told of something later already.")]
    partial void WasOvertaken(string notificationId, string orderId);
}

using Dovetail.Contracts.Notifications.Commands;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Writes one letter a notification id.</summary>
/// <remarks>
/// SMTP has no idempotency. If the process is killed, or the line breaks, after the server took the letter and before its receipt arrived, nobody
/// can know, and the letter is sent again: at least once. It has the same Message-ID then, by which mail programs and servers know it for the same.
/// </remarks>
sealed partial class NotifyCustomerHandler(
    Letters letters, Mailer mailer, IOptions<NotificationsOptions> options, ILogger<NotifyCustomerHandler> logger) : IHandleMessages<NotifyCustomer>
{
    public async Task Handle(NotifyCustomer command, IMessageHandlerContext context)
    {
        var messageId = Letter.MessageIdOf(command.NotificationId, options.Value.From);
        var begun = await letters.Begin(command.NotificationId, command.OrderId, command.Kind, messageId, context.CancellationToken);
        if (begun.State == LetterState.Overtaken)
            WasOvertaken(command.NotificationId, command.OrderId);
        if (begun.State != LetterState.Sending)
            return;

        var sent = false;
        try
        {
            var words = LetterWords.For(command, options.Value.PublicAddress!);
            await mailer.Send(new Letter(begun.MessageId, begun.FirstTried, command.Customer.Email, words), command.NotificationId, context.CancellationToken);
            sent = true;
        }
        finally
        {
            // Not with the message's token: a letter that went out must be known as sent even while the hub stops.
            await letters.End(command.NotificationId, sent, CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Information, "The letter {NotificationId} for order {OrderId} was not sent: the customer was told of something later already.")]
    partial void WasOvertaken(string notificationId, string orderId);
}

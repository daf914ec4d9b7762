using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Words;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>Links a chat to a customer or ends that, and says in the chat what was done.</summary>
/// <remarks>Done again by a repeated message it changes nothing; a word that is lost or said twice does no harm.</remarks>
sealed partial class AnswerTelegramHandler(
    TelegramLinks links, TelegramClient telegram, IOptions<NotificationsOptions> options, ILogger<AnswerTelegramHandler> logger) : IHandleMessages<AnswerTelegram>
{
    public async Task Handle(AnswerTelegram command, IMessageHandlerContext context)
    {
        var language = Languages.Find(command.Language) ?? Languages.Find(options.Value.Language)!;
        var answer = command.Wish switch
        {
            TelegramWish.Link => await links.Link(command.TokenHash!, command.ChatId, context.CancellationToken) ? ChatAnswer.Linked : ChatAnswer.LinkNotGood,
            TelegramWish.Stop => await Stop(command.ChatId, context.CancellationToken),
            _ => ChatAnswer.HowToLink,
        };
        await telegram.Turn(context.CancellationToken);
        var outcome = await telegram.SendMessage(command.ChatId, TelegramText.Escaped(language.InChat(answer)), "an answer in a chat", context.CancellationToken);
        if (outcome is not TelegramAnswer.Sent)
            WasNotSaid(answer, outcome.GetType().Name);
    }

    async Task<ChatAnswer> Stop(long chat, CancellationToken cancellation)
    {
        await links.Unlink(chat, cancellation);
        return ChatAnswer.Stopped;
    }

    [LoggerMessage(LogLevel.Information, "The answer {Answer} may not have reached its chat: {Outcome}.")]
    partial void WasNotSaid(ChatAnswer answer, string outcome);
}

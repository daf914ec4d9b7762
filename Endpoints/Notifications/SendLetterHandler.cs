using Dovetail.Contracts.Notifications.Commands;
using NServiceBus;

namespace Dovetail.Endpoints.Notifications;

sealed class SendLetterHandler(Letters letters) : IHandleMessages<SendLetter>
{
    public async Task Handle(SendLetter command, IMessageHandlerContext context) => await context.Reply(await letters.Write(command, context.CancellationToken));
}

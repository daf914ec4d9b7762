using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Payments.Messages;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <summary>What comes for an order that is not known: mostly an echo of what ended long ago. But money that somebody waits for is not let go: people find it among the failed messages.</summary>
sealed class ForgottenOrder(OrderDeadlines deadlines) : ISagaNotFoundHandler
{
    public Task Handle(object message, IMessageProcessingContext context) => message switch
    {
        RefundPart wish => throw new InvalidOperationException(
            $"{wish.Amount} of order {wish.OrderId} were to be paid back (refund {wish.RefundId}), but an order is forgotten {deadlines.Memory} after its end. Nothing was paid back. " +
            "Give the money back in the payment provider's account; there is no need to retry the message."),
        RefundFailed failed => throw new InvalidOperationException(
            $"{failed.Amount} of payment {failed.PaymentId} for order {failed.OrderId} had been paid back and did not arrive ({failed.Reason}), but an order is forgotten {deadlines.Memory} after its end. " +
            "Find another way to give the customer the money; there is no need to retry the message."),
        _ => Task.CompletedTask,
    };
}

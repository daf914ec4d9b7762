using Dovetail.Contracts.Notifications.Events;
using Dovetail.Endpoints.Database;
using NServiceBus;

namespace Dovetail.Endpoints.Tracking.Writing;

/// <summary>Writes down what a customer could not be told. It is no step of the order, so it stands beside the journey.</summary>
sealed class CustomerNotReachedHandler(SharedWrites writes) : IHandleMessages<CustomerNotReached>
{
    public Task Handle(CustomerNotReached message, IMessageHandlerContext context)
    {
        // Who is tried to reach once more, and in vain, is told of anew.
        writes.Add(context.SynchronizedStorageSession, message.NotificationId,
            $"""
            INSERT INTO JourneyNotReached (NotificationId, OrderId, Subject, At, Why, Queue, CallBy)
            VALUES ({message.NotificationId}, {message.OrderId}, {message.Kind.ToString()}, {message.At}, {message.Why}, {message.Queue}, {message.CallBy})
            ON CONFLICT (NotificationId) DO UPDATE SET At = excluded.At, Why = excluded.Why, Queue = excluded.Queue, CallBy = excluded.CallBy
            """);
        return Task.CompletedTask;
    }
}

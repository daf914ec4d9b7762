using Dovetail.Contracts.Notifications.Events;
using Dovetail.Endpoints.Database;
using NServiceBus;

namespace Dovetail.Endpoints.Tracking.Writing;

/// <summary>Writes down what came of the call to a customer who could not be told otherwise.</summary>
sealed class CustomerCallEndedHandler(SharedWrites writes) : IHandleMessages<CustomerCallEnded>
{
    public Task Handle(CustomerCallEnded message, IMessageHandlerContext context)
    {
        // It may overtake what it ends, which then fills in why somebody was to call.
        writes.Add(context.SynchronizedStorageSession, message.NotificationId,
            $"""
            INSERT INTO JourneyNotReached (NotificationId, OrderId, Subject, At, Why, CallEndedAt, HowCallEnded)
            VALUES ({message.NotificationId}, {message.OrderId}, {message.Kind.ToString()}, {message.At}, {""}, {message.At}, {message.How})
            ON CONFLICT (NotificationId) DO UPDATE SET CallEndedAt = excluded.CallEndedAt, HowCallEnded = excluded.HowCallEnded
            """);
        return Task.CompletedTask;
    }
}

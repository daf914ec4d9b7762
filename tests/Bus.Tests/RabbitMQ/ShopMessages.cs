using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

// Those of the shop that was captured which its saga does not know. Classes, as they were there: a record would be an IEquatable too, and have an exchange for it.
public interface IOrderEvent : IEvent;

sealed class OrderPlaced : IOrderEvent
{
    public Guid OrderId { get; set; }
}

sealed class OrderBilled : IOrderEvent
{
    public Guid OrderId { get; set; }
}

sealed class DelayedCommand : ICommand
{
    public string Text { get; set; } = "";
}

[TimeToBeReceived("00:00:30")]
sealed class Perishable : ICommand
{
    public string Text { get; set; } = "";
}

sealed class FailAlways : ICommand
{
    public string Text { get; set; } = "";
}

sealed class FailTwice : ICommand
{
    public Guid OrderId { get; set; }
}

sealed class FailAlwaysHandler : IHandleMessages<FailAlways>
{
    public Task Handle(FailAlways message, IMessageHandlerContext context) => throw new InvalidOperationException(message.Text, new ArgumentException("the cause"));
}

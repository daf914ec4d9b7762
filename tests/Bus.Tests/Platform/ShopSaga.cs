using NServiceBus;

namespace Dovetail.Bus.Tests.Platform;

// The shop that was captured: what its saga does, its state and its messages, as they stand in the captures.
sealed record PlaceOrder(Guid OrderId, string Customer, decimal Total);

sealed record OrderPlaced(Guid OrderId);

sealed record BillOrder(Guid OrderId, decimal Total);

sealed record BillingAccepted(Guid OrderId, string Invoice);

sealed record OrderTimeout;

sealed class OrderSaga : Saga<OrderSaga.State>, IAmStartedByMessages<PlaceOrder>, IHandleMessages<BillingAccepted>, IHandleTimeouts<OrderTimeout>
{
    public async Task Handle(PlaceOrder message, IMessageHandlerContext context)
    {
        (Data.Customer, Data.Total) = (message.Customer, message.Total);
        Data.Log.Add("placed");
        await context.Publish(new OrderPlaced(message.OrderId));
        await context.Send("Billing", new BillOrder(message.OrderId, message.Total));
        await RequestTimeout<OrderTimeout>(context, TimeSpan.FromSeconds(8));
    }

    public Task Handle(BillingAccepted message, IMessageHandlerContext context)
    {
        Data.Invoice = message.Invoice;
        Data.Log.Add("accepted");
        return Task.CompletedTask;
    }

    public Task Timeout(OrderTimeout state, IMessageHandlerContext context)
    {
        Data.TimedOut = true;
        MarkAsComplete();
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId)
        .ToMessage<PlaceOrder>(message => message.OrderId)
        .ToMessage<BillingAccepted>(message => message.OrderId);

    internal sealed class State : ContainSagaData
    {
        public Guid OrderId { get; set; }

        public string Customer { get; set; } = "";

        public decimal Total { get; set; }

        public string? Invoice { get; set; }

        public bool TimedOut { get; set; }

        public List<string> Log { get; set; } = [];
    }
}

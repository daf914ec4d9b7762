using Dovetail.Bus.Testing;
using NServiceBus;

namespace Dovetail.Bus.Tests.Twin;

sealed record PlaceOrderCommand(string OrderId, int Parts);

sealed record ChargePartCommand(string OrderId, string OperationId, decimal Amount);

sealed record PartChargedMessage(string OrderId, decimal Amount);

sealed record OrderPaidEvent(string OrderId);

/// <summary>Has all parts of an order charged, counts the answers, and tells that the order is paid.</summary>
sealed class PartialPayment : Saga<PartialPayment.State>, IAmStartedByMessages<PlaceOrderCommand>, IHandleMessages<PartChargedMessage>, IHandleTimeouts<PartialPayment.Overdue>
{
    public async Task Handle(PlaceOrderCommand order, IMessageHandlerContext context)
    {
        Data.Parts = order.Parts;
        for (var part = 1; part <= order.Parts; part++) await context.Send(new ChargePartCommand(order.OrderId, $"{order.OrderId}/{part}", part));
        await RequestTimeout(context, TimeSpan.FromMinutes(20), new Overdue());
    }

    public async Task Handle(PartChargedMessage charged, IMessageHandlerContext context)
    {
        Data.Charged += charged.Amount;
        Data.Answers++;
        if (Data.Answers == Data.Parts) await context.Publish(new OrderPaidEvent(Data.OrderId));
    }

    public Task Timeout(Overdue overdue, IMessageHandlerContext context)
    {
        Data.Rang++;
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId)
        .ToMessage<PlaceOrderCommand>(message => message.OrderId).ToMessage<PartChargedMessage>(message => message.OrderId);

    internal sealed record Overdue;

    internal sealed class State : ContainSagaData
    {
        public string OrderId { get; set; } = "";

        public int Parts { get; set; }

        public int Answers { get; set; }

        public decimal Charged { get; set; }

        public int Rang { get; set; }
    }
}

/// <summary>An external system that knows each operation by its key. It takes its time, and sometimes its answer is lost.</summary>
sealed class Bank(Random random)
{
    readonly Dictionary<string, decimal> _charges = [];

    public decimal ChargedFor(string orderId) => _charges.Where(charge => charge.Key.StartsWith($"{orderId}/", StringComparison.Ordinal)).Sum(charge => charge.Value);

    public async Task Charge(string key, decimal amount, TimeProvider time, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 3_000)), time, cancellation);
        _charges[key] = amount;
        if (random.Next(5) == 0) throw new TimeoutException("The bank's answer was lost.");
    }
}

/// <summary>Business data of the endpoints: what was written in the commits of their messages.</summary>
sealed class Books
{
    readonly SortedDictionary<string, int> _entries = new(StringComparer.Ordinal);

    public int this[string entry] => _entries.GetValueOrDefault(entry);

    public void Enter(string entry) => _entries[entry] = this[entry] + 1;
}

sealed class ChargePartHandler(Bank bank, Books books, TimeProvider time) : IHandleMessages<ChargePartCommand>
{
    public async Task Handle(ChargePartCommand command, IMessageHandlerContext context)
    {
        await bank.Charge(command.OperationId, command.Amount, time, context.CancellationToken);
        context.SynchronizedStorageSession.OnCommit(() => books.Enter(command.OperationId));
        await context.Reply(new PartChargedMessage(command.OrderId, command.Amount));
    }
}

sealed class TrackHandler(Books books) : IHandleMessages<OrderPaidEvent>
{
    public Task Handle(OrderPaidEvent paid, IMessageHandlerContext context)
    {
        context.SynchronizedStorageSession.OnCommit(() => books.Enter($"{paid.OrderId} paid"));
        return Task.CompletedTask;
    }
}

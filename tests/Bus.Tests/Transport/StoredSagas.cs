using System.Text.Json.Serialization;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>A store with the transport that it belongs to, which remembers what was handled.</summary>
sealed class StoreUnderTest : IDisposable
{
    readonly IBusUnderTest _bus;

    public StoreUnderTest(IBusUnderTest bus)
    {
        _bus = bus;
        var endpoint = new EndpointConfiguration("Sales.Europe");
        bus.Use(endpoint);
        var context = new TransportContext("Sales.Europe", TimeProvider.System, NullLoggerFactory.Instance, Deduplicates: true);
        Transport = endpoint.Settings.Transport!.Create(context);
        Store = endpoint.Settings.Persistence!.Create(Transport, context);
    }

    public ITransport Transport { get; }

    public IStore Store { get; }

    public IReceiver Receiver => field ??= Transport.Receive("Sales");

    public void Dispose()
    {
        Receiver.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Transport.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _bus.Dispose();
    }
}

sealed record OrderCommand(string OrderId);

sealed record Line(string Item, int Count, decimal Price);

[JsonDerivedType(typeof(Card), "card")]
abstract record Means
{
    /// <summary>Its name is shorter than that of the member that tells the type: jsonb puts it first.</summary>
    internal sealed record Card(string No) : Means;
}

sealed class Order : Saga<Order.State>, IAmStartedByMessages<OrderCommand>
{
    public Task Handle(OrderCommand message, IMessageHandlerContext context) => Task.CompletedTask;

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId).ToMessage<OrderCommand>(message => message.OrderId);

    internal sealed class State : ContainSagaData
    {
        public string OrderId { get; set; } = "";

        public List<Line> Lines { get; set; } = [];

        public Dictionary<string, decimal> Prices { get; set; } = [];

        public DateTimeOffset? PlacedAt { get; set; }

        public Means? PaidBy { get; set; }
    }
}

sealed class Return : Saga<Return.State>, IAmStartedByMessages<OrderCommand>
{
    public Task Handle(OrderCommand message, IMessageHandlerContext context) => Task.CompletedTask;

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId).ToMessage<OrderCommand>(message => message.OrderId);

    internal sealed class State : ContainSagaData
    {
        public string OrderId { get; set; } = "";
    }
}

using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using RabbitMQ.Client;

namespace Dovetail.Benchmarks;

/// <summary>MassTransit with quorum queues, publisher confirms, and otherwise as it comes.</summary>
sealed class MassTransitBus(Uri broker) : Contender
{
    public override string Name => "MassTransit";

    public override string Queue => "MassTransit";

    public override string Sink => "MassTransitSink";

    public override bool CanAudit => false;

    /// <summary>In the envelope of its own in which it sends.</summary>
    public override RawMessage Incoming(BrokerWork work, int id)
    {
        var message = Work.Nothing(id);
        var type = MessageUrn.ForTypeString<Noop>();
        var envelope = new
        {
            messageId = Guid.NewGuid(), conversationId = Guid.NewGuid(), correlationId = Guid.NewGuid(), sourceAddress = Address("Sender"), destinationAddress = Address(Queue), messageType = new[] { type },
            message = new { id = message.Id, text = message.Text }, sentTime = TimeProvider.System.GetUtcNow(), headers = RawMessage.Added.ToDictionary(header => header.Name, header => header.Value),
            host = new
            {
                machineName = Environment.MachineName, processName = "Bench", processId = Environment.ProcessId, assembly = "Bench", assemblyVersion = "1.0.0.0", frameworkVersion = "10.0.0", massTransitVersion = "8.5.12.0", operatingSystemVersion = "Unix",
            },
        };
        var properties = new BasicProperties
        {
            MessageId = envelope.messageId.ToString(), ContentType = SystemTextJsonMessageSerializer.JsonContentType.ToString(), DeliveryMode = DeliveryModes.Persistent,
            Headers = RawMessage.Added.ToDictionary(header => header.Name, header => (object?)header.Value),
        };
        return new RawMessage(properties, JsonSerializer.SerializeToUtf8Bytes(envelope));
    }

    public override async Task<IAsyncDisposable> Start(BrokerWork work, Load load)
    {
        var bus = Create(bus => bus.ReceiveEndpoint(Queue, endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = load.Ahead;
            endpoint.ConcurrentMessageLimit = load.AtOnce;
            endpoint.Handler<Noop>(async context =>
            {
                await Gate.Pass();
                if (work.Sends) await context.Send(Address(Sink), context.Message);
            });
        }));
        await bus.StartAsync();
        return new Running(bus);
    }

    public override async Task<(Func<int, Task> Send, IAsyncDisposable Running)> Sender()
    {
        var bus = Create(static _ => { });
        await bus.StartAsync();
        var sink = await bus.GetSendEndpoint(Address(Sink));
        return (id => sink.Send(Work.Nothing(id)), new Running(bus));
    }

    static Uri Address(string queue) => new($"exchange:{queue}");

    IBusControl Create(Action<IRabbitMqBusFactoryConfigurator> endpoints) => MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
    {
        bus.Host(broker, host => host.PublisherConfirmation = true);
        endpoints(bus);
    });

    sealed class Running(IBusControl bus) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await bus.StopAsync();
    }
}

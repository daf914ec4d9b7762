using Dovetail.Bus.Configuration;
using Dovetail.Bus.Testing;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>Some orders, from the first command to the last timeout, in processes that fail; and the oracle that knows how it must end.</summary>
/// <param name="plant">Puts a bug into an endpoint's settings; null for the bus as it is.</param>
/// <param name="meanwhile">What happens to the processes once the orders are placed; nothing besides the faults unless given.</param>
sealed class BusinessStory(CommitMode mode, Action<EndpointSettings>? plant = null, int orders = 3, Action<Simulation, IReadOnlyList<SimulatedProcess>>? meanwhile = null)
{
    const int Parts = 3;

    public void Tell(Simulation simulation)
    {
        var broker = simulation.AddBroker(mode);
        var (bank, books) = (new Bank(new Random(simulation.Seed)), new Books());
        void Configure(IServiceCollection services, string name, Action<EndpointConfiguration, RoutingSettings> more)
        {
            var endpoint = new EndpointConfiguration(name);
            endpoint.UsePersistence<InMemoryPersistence>();
            var routing = endpoint.UseTransport(new InMemoryTransport(broker));
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.AssemblyScanner().Disable = true;
            endpoint.Conventions()
                .DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal))
                .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal))
                .DefiningMessagesAs(type => type.Name.EndsWith("Message", StringComparison.Ordinal));
            endpoint.LimitMessageProcessingConcurrencyTo(4);
            endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(20).TimeIncrease(TimeSpan.FromSeconds(1)));
            endpoint.AuditProcessedMessagesTo("audit");
            more(endpoint, routing);
            plant?.Invoke(endpoint.Settings);
            services.AddSingleton(bank).AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        }
        var processes = new List<SimulatedProcess>();
        foreach (var instance in new[] { 1, 2 })
        {
            processes.Add(simulation.AddProcess($"Orders-{instance}", services => Configure(services, "Orders", (endpoint, routing) =>
            {
                endpoint.AddSaga<PartialPayment>();
                routing.RouteToEndpoint(typeof(ChargePartCommand), "Payments");
            })));
            processes.Add(simulation.AddProcess($"Payments-{instance}", services => Configure(services, "Payments", (payments, _) => payments.AddHandler<ChargePartHandler>())));
        }
        processes.Add(simulation.AddProcess("Tracking", services => Configure(services, "Tracking", (tracking, _) => tracking.AddHandler<TrackHandler>())));
        var customers = simulation.AddProcess("Customers", reliable: true, configure: services => Configure(services, "Customers", (customers, routing) =>
        {
            customers.SendOnly();
            routing.RouteToEndpoint(typeof(PlaceOrderCommand), "Orders");
        }));

        // Whoever subscribes and whoever has a queue is there before the first order.
        Assert.IsTrue(simulation.RunUntil(() => processes.TrueForAll(process => process.HasStarted), TimeSpan.FromHours(1)));
        for (var order = 1; order <= orders; order++)
        {
            var id = $"order-{order}";
            customers.Do(services => services.GetRequiredService<IMessageSession>().Send(new PlaceOrderCommand(id, Parts)));
        }
        meanwhile?.Invoke(simulation, processes);
        simulation.RunUntilQuiet(TimeSpan.FromHours(3));

        Check(broker, bank, books);
    }

    void Check(InMemoryBroker broker, Bank bank, Books books)
    {
        foreach (var queue in broker.Queues.Where(queue => queue != "audit"))
            Assert.IsEmpty(broker.Messages(queue), $"Something is left in {queue}.");

        var sagas = broker.Sagas<PartialPayment.State>("Orders").ToDictionary(saga => saga.OrderId);
        for (var order = 1; order <= orders; order++)
        {
            var id = $"order-{order}";
            var saga = sagas[id];
            for (var part = 1; part <= Parts; part++) Assert.AreEqual(1, books[$"{id}/{part}"], $"Part {part} of {id} is in the payments' books once.");
            Assert.AreEqual(Parts, saga.Answers, $"{id} has heard of each part once.");
            Assert.AreEqual(bank.ChargedFor(id), saga.Charged, $"{id} and the bank agree.");
            Assert.AreEqual(1, books[$"{id} paid"], $"{id} is tracked as paid once.");
            Assert.AreEqual(1, saga.Rang, $"The timeout of {id} rang once.");
        }

        // What was handled is in the audit: an order, its parts and their answers, its event, its timeout.
        var copies = broker.Messages("audit").Select(copy => copy.MessageId).ToList();
        var each = copies.Distinct().Count();
        Assert.AreEqual(orders * (1 + Parts + Parts + 1 + 1), each, "Messages in the audit.");
        if (broker.Mode == CommitMode.Joined) Assert.HasCount(each, copies, "Copies in the audit: one for each message.");
    }
}

using Dovetail.Bus.Testing;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>The stories of the guide, Bus/Testing/README.md.</summary>
[TestClass]
public sealed class TwinGuideTests
{
    [TestMethod]
    public void A_system_runs_in_virtual_time()
    {
        var simulation = new Simulation(seed: 42);
        var broker = simulation.AddBroker();
        var shop = simulation.AddProcess("Shop", services =>
        {
            var endpoint = new EndpointConfiguration("Shop");
            endpoint.UseTransport(new InMemoryTransport(broker));
            endpoint.UsePersistence<InMemoryPersistence>();
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.AddSaga<Reservation>();
            services.AddNServiceBusEndpoint(endpoint);
        });

        shop.Do(services => services.GetRequiredService<IMessageSession>().SendLocal(new Reserve("A-1")));
        simulation.RunUntilQuiet();

        Assert.IsTrue(broker.Sagas<Reservation.State>("Shop").Single().Lapsed);
        Assert.IsEmpty(broker.Messages("error"));
    }

    [TestMethod]
    public void A_story_is_told_for_many_seeds() =>
        Simulation.Explore(seeds: 50, simulation =>
        {
            var broker = simulation.AddBroker();
            AddShop(simulation, broker);
            var customer = AddCustomer(simulation, broker);

            customer.Do(services => services.GetRequiredService<IMessageSession>().Send(new Reserve("A-1")));
            simulation.RunUntilQuiet();

            Assert.IsTrue(broker.Sagas<Reservation.State>("Shop").Single().Lapsed);
            Assert.IsEmpty(broker.Messages("error"));
        });

    static void AddShop(Simulation simulation, InMemoryBroker broker)
    {
        var shop = simulation.AddProcess("Shop", services => services.AddNServiceBusEndpoint(Endpoint("Shop", broker, endpoint => endpoint.AddSaga<Reservation>())));
        Assert.IsTrue(simulation.RunUntil(() => shop.HasStarted, TimeSpan.FromHours(1)));
    }

    static SimulatedProcess AddCustomer(Simulation simulation, InMemoryBroker broker) => simulation.AddProcess("Customer", reliable: true, configure: services =>
        services.AddNServiceBusEndpoint(Endpoint("Customer", broker, endpoint => endpoint.SendOnly())));

    static EndpointConfiguration Endpoint(string name, InMemoryBroker broker, Action<EndpointConfiguration> more)
    {
        var endpoint = new EndpointConfiguration(name);
        endpoint.UseTransport(new InMemoryTransport(broker)).RouteToEndpoint(typeof(Reserve), "Shop");
        endpoint.UsePersistence<InMemoryPersistence>();
        endpoint.UseSerialization<SystemJsonSerializer>();
        more(endpoint);
        return endpoint;
    }

    sealed record Reserve(string ReservationId) : ICommand;

    sealed class Reservation : Saga<Reservation.State>, IAmStartedByMessages<Reserve>, IHandleTimeouts<Reservation.TimeIsUp>
    {
        public Task Handle(Reserve message, IMessageHandlerContext context) => RequestTimeout<TimeIsUp>(context, TimeSpan.FromHours(2));

        public Task Timeout(TimeIsUp state, IMessageHandlerContext context)
        {
            Data.Lapsed = true;
            return Task.CompletedTask;
        }

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.ReservationId).ToMessage<Reserve>(message => message.ReservationId);

        internal sealed record TimeIsUp;

        internal sealed class State : ContainSagaData
        {
            public string ReservationId { get; set; } = "";

            public bool Lapsed { get; set; }
        }
    }
}

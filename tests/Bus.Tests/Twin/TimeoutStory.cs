using Dovetail.Bus.Configuration;
using Dovetail.Bus.Testing;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Bus.Tests.Twin;

sealed record WaitForPaymentCommand(string OrderId, int Round);

/// <summary>Gives an order ever more time to be paid: of all its timeouts only the last rings.</summary>
sealed class PaymentDeadline : Saga<PaymentDeadline.State>, IAmStartedByMessages<WaitForPaymentCommand>, IHandleTimeouts<PaymentDeadline.Overdue>
{
    public async Task Handle(WaitForPaymentCommand message, IMessageHandlerContext context)
    {
        this.CancelTimeouts<Overdue>(context);
        Data.Asked++;
        await RequestTimeout(context, TimeSpan.FromHours(1), new Overdue(Data.Asked));
    }

    public Task Timeout(Overdue overdue, IMessageHandlerContext context)
    {
        Data.Rang.Add(overdue.Number);
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId).ToMessage<WaitForPaymentCommand>(message => message.OrderId);

    internal sealed record Overdue(int Number);

    internal sealed class State : ContainSagaData
    {
        public string OrderId { get; set; } = "";

        public int Asked { get; set; }

        public List<int> Rang { get; set; } = [];
    }
}

/// <summary>Deadlines that are put off, in processes that fail.</summary>
/// <param name="keeps">True if the messages of timeouts stay in the store until they are due.</param>
/// <param name="plant">Puts a bug into the endpoint's settings; null for the bus as it is.</param>
sealed class TimeoutStory(CommitMode mode, Action<EndpointSettings>? plant = null, int rounds = 3, bool keeps = false)
{
    const int Orders = 2;

    public void Tell(Simulation simulation)
    {
        var broker = simulation.AddBroker(mode);
        var processes = new[] { 1, 2 }.Select(instance => simulation.AddProcess($"Deadlines-{instance}", services => Configure(services, broker, endpoint =>
        {
            endpoint.AddSaga<PaymentDeadline>();
            if (keeps) endpoint.UsePersistence<InMemoryPersistence>().KeepTimeoutsUntilDue();
            plant?.Invoke(endpoint.Settings);
        }, "Deadlines"))).ToList();
        var customers = simulation.AddProcess("Customers", reliable: true, configure: services => Configure(services, broker, endpoint => endpoint.SendOnly(), "Customers"));
        Assert.IsTrue(simulation.RunUntil(() => processes.TrueForAll(process => process.HasStarted), TimeSpan.FromHours(1)));

        for (var order = 1; order <= Orders; order++)
        {
            for (var round = 1; round <= rounds; round++)
            {
                var command = new WaitForPaymentCommand($"order-{order}", round);
                customers.Do(services => services.GetRequiredService<IMessageSession>().Send("Deadlines", command));
            }
        }
        simulation.RunUntil(() => false, TimeSpan.FromMinutes(50));
        Assert.HasCount(Orders, broker.PendingTimeouts("Deadlines"), "Each order has one deadline ahead.");
        simulation.RunUntilQuiet(TimeSpan.FromHours(5));

        foreach (var saga in broker.Sagas<PaymentDeadline.State>("Deadlines"))
        {
            Assert.AreEqual(rounds, saga.Asked);
            CollectionAssert.AreEqual(new[] { rounds }, saga.Rang, $"Of all deadlines of {saga.OrderId} the last one rang, once.");
        }
        Assert.IsEmpty(broker.PendingTimeouts("Deadlines"));
        foreach (var queue in broker.Queues) Assert.IsEmpty(broker.Messages(queue), $"Something is left in {queue}.");
    }

    static void Configure(IServiceCollection services, InMemoryBroker broker, Action<EndpointConfiguration> more, string name)
    {
        var endpoint = new EndpointConfiguration(name);
        endpoint.UsePersistence<InMemoryPersistence>();
        endpoint.UseTransport(new InMemoryTransport(broker));
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.Conventions().DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal));
        endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(20).TimeIncrease(TimeSpan.FromSeconds(1)));
        more(endpoint);
        services.AddNServiceBusEndpoint(endpoint);
    }
}

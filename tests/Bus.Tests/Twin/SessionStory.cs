using Dovetail.Bus.Configuration;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>Orders are paid in sessions outside handlers, which nobody repeats: what is in the books is tracked all the same, once.</summary>
/// <param name="plant">Puts a bug into an endpoint's settings; null for the bus as it is.</param>
/// <param name="keepFor">How long the outbox remembers what it sent; null for ever.</param>
sealed class SessionStory(CommitMode mode, Action<EndpointSettings>? plant = null, int sessions = 4, TimeSpan? keepFor = null)
{
    public void Tell(Simulation simulation)
    {
        var (broker, books) = (simulation.AddBroker(mode), new Books());
        var tracking = simulation.AddProcess("Tracking", services => Configure(services, "Tracking", broker, books, endpoint => endpoint.AddHandler<TrackHandler>()));
        Assert.IsTrue(simulation.RunUntil(() => tracking.HasStarted, TimeSpan.FromHours(1)));

        var web = simulation.AddProcess("Web", services => Configure(services, "Web", broker, books, endpoint =>
        {
            endpoint.UsePersistence<InMemoryPersistence>().EnableTransactionalSession();
            if (keepFor is null) return;
            var outbox = endpoint.EnableOutbox();
            outbox.KeepDeduplicationDataFor(keepFor.Value);
            outbox.RunDeduplicationDataCleanupEvery(TimeSpan.FromSeconds(5));
        }));
        for (var session = 1; session <= sessions; session++)
        {
            var id = $"order-{session}";
            web.Do(services => Pay(id, services, books));
        }
        if (keepFor is null) simulation.RunUntilQuiet(TimeSpan.FromHours(1));
        else simulation.RunFor(TimeSpan.FromMinutes(15));

        for (var session = 1; session <= sessions; session++)
            Assert.AreEqual(books[$"order-{session}"], books[$"order-{session} paid"], $"order-{session} is tracked as often as it was paid.");
        Assert.IsEmpty(broker.Messages("error"));
        if (keepFor is not null) Assert.AreEqual(0, broker.Outbox("Web").Count, "All that was sent is forgotten.");
    }

    public static async Task Pay(string id, IServiceProvider services, Books books)
    {
        await using var scope = services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<ITransactionalSession>();
        try
        {
            await session.Open(new InMemoryOpenSessionOptions());
            session.SynchronizedStorageSession.OnCommit(() => books.Enter(id));
            await session.Publish(new OrderPaidEvent(id));
            await session.Commit();
        }
        catch (StoreAwayException)
        {
            // Whoever began the session hears that it may have failed; no one tries again.
        }
    }

    void Configure(IServiceCollection services, string name, InMemoryBroker broker, Books books, Action<EndpointConfiguration> more)
    {
        var endpoint = new EndpointConfiguration(name);
        endpoint.UsePersistence<InMemoryPersistence>();
        endpoint.UseTransport(new InMemoryTransport(broker));
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.Conventions().DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
        endpoint.Recoverability().Delayed(retries => retries.NumberOfRetries(20).TimeIncrease(TimeSpan.FromSeconds(1)));
        more(endpoint);
        if (name == "Web") plant?.Invoke(endpoint.Settings);
        services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
    }
}

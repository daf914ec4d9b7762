using Dovetail.Bus.Configuration;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Watching;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>What was committed is dispatched, whatever becomes of the process and of the message that led to it.</summary>
[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class OutboxTests
{
    [Scenario(135)]
    [TestMethod]
    [DataRow(1), DataRow(101)]
    public void What_was_committed_is_dispatched_even_if_its_message_never_comes_back(int first) =>
        Simulation.Explore(100, new BusinessStory(CommitMode.Apart, Planted.Store((store, transport, _) => new SettlesBeforeItDispatches(store, transport))).Tell, first: first);

    [Scenario(185, 187)]
    [TestMethod]
    [DataRow(CommitMode.Joined), DataRow(CommitMode.Apart)]
    public void A_session_that_was_committed_loses_no_message_under_all_faults_of_200_seeds(CommitMode mode) =>
        Simulation.Explore(200, new SessionStory(mode).Tell);

    [Scenario(187, 188)]
    [TestMethod]
    [DataRow(CommitMode.Joined), DataRow(CommitMode.Apart)]
    public void A_crash_at_any_step_of_a_session_loses_no_message(CommitMode mode)
    {
        var story = new SessionStory(mode, sessions: 1);
        var steps = Simulation.Replay(1, story.Tell, _ => FaultPlan.None).Steps;

        for (var step = 1; step <= steps; step++) Simulation.Replay(1, story.Tell, _ => FaultPlan.None with { CrashAtStep = step });
    }

    [Scenario(141)]
    [TestMethod]
    public void What_was_dispatched_is_forgotten_after_its_time_and_nothing_else_is() =>
        Simulation.Explore(100, new SessionStory(CommitMode.Apart, keepFor: TimeSpan.FromSeconds(20)).Tell, CrashesForLong);

    [Scenario(135)]
    [TestMethod]
    public void A_committed_message_whose_dispatch_takes_its_process_down_time_and_again_is_dispatched_and_not_parked()
    {
        const int Crashes = 6;
        var simulation = new Simulation(seed: 1);
        var (broker, books) = (simulation.AddBroker(CommitMode.Apart), new Books());
        var crashed = 0;
        SimulatedProcess? payments = null;
        void Configure(IServiceCollection services, string name, Type handler, Action<EndpointSettings>? plant)
        {
            var endpoint = new EndpointConfiguration(name);
            endpoint.UsePersistence<InMemoryPersistence>();
            endpoint.UseTransport(new InMemoryTransport(broker)).RouteToEndpoint(typeof(PlaceOrderCommand), "Payments");
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.Conventions()
                .DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal))
                .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
            endpoint.Settings.Handlers.Add(handler);
            endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(0));
            plant?.Invoke(endpoint.Settings);
            services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        }
        var tracking = simulation.AddProcess("Tracking", services => Configure(services, "Tracking", typeof(TrackHandler), null));
        payments = simulation.AddProcess("Payments", services => Configure(services, "Payments", typeof(PayAtOnceHandler), Planted.Sending(async () =>
        {
            if (crashed++ >= Crashes) return;
            payments!.Crash(TimeSpan.FromSeconds(1));
            await new TaskCompletionSource().Task;
        }) + Planted.Store((store, _, _) => new NobodySweeps(store))));
        Assert.IsTrue(simulation.RunUntil(() => tracking.HasStarted && payments.HasStarted, TimeSpan.FromMinutes(1)));

        tracking.Do(services => services.GetRequiredService<IMessageSession>().Send(new PlaceOrderCommand("order-1", 1)));
        simulation.RunUntilQuiet();

        Assert.AreEqual(Crashes, payments.Starts - 1);
        Assert.AreEqual(1, books["order-1"], "It was committed once.");
        Assert.AreEqual(1, books["order-1 paid"], "What it led to was sent.");
        Assert.IsEmpty(broker.Messages("error"));
    }

    [TestMethod]
    public void What_a_sender_left_that_never_comes_back_is_dispatched_by_its_processor()
    {
        var simulation = new Simulation(seed: 1);
        var (broker, books) = (simulation.AddBroker(CommitMode.Apart), new Books());
        SimulatedProcess? web = null;
        EndpointConfiguration Endpoint(string name)
        {
            var endpoint = new EndpointConfiguration(name);
            endpoint.UsePersistence<InMemoryPersistence>().EnableTransactionalSession(new TransactionalSessionOptions { ProcessorEndpoint = name == "Web" ? "Tracking" : null });
            endpoint.UseTransport(new InMemoryTransport(broker));
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.Conventions().DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
            return endpoint;
        }
        var tracking = simulation.AddProcess("Tracking", services =>
        {
            var endpoint = Endpoint("Tracking");
            endpoint.AddHandler<TrackHandler>();
            services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        });
        Assert.IsTrue(simulation.RunUntil(() => tracking.HasStarted, TimeSpan.FromMinutes(1)));
        web = simulation.AddProcess("Web", services =>
        {
            var endpoint = Endpoint("Web");
            endpoint.SendOnly();
            Planted.Sending(async () =>
            {
                web!.Crash(TimeSpan.FromDays(1000));
                await new TaskCompletionSource().Task;
            })(endpoint.Settings);
            services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        });

        web.Do(services => SessionStory.Pay("order-1", services, books));
        simulation.RunFor(TimeSpan.FromMinutes(1));

        Assert.AreEqual(1, web.Starts);
        Assert.AreEqual(1, books["order-1"]);
        Assert.AreEqual(1, books["order-1 paid"]);
    }

    [TestMethod]
    public void What_was_sent_and_can_not_be_noted_is_not_sent_again_all_the_time_and_not_complained_of_all_the_time()
    {
        var simulation = new Simulation(seed: 1);
        var (broker, books, log, notes) = (simulation.AddBroker(CommitMode.Apart), new Books(), new LogLines(), new FailingNotes());
        var sent = 0;
        var web = simulation.AddProcess("Web", services =>
        {
            var endpoint = new EndpointConfiguration("Web");
            endpoint.UsePersistence<InMemoryPersistence>().EnableTransactionalSession();
            endpoint.UseTransport(new InMemoryTransport(broker)).RouteToEndpoint(typeof(OrderPaidEvent), "Web");
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.Conventions().DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
            endpoint.SendOnly();
            Planted.Sending(() =>
            {
                sent++;
                return Task.CompletedTask;
            })(endpoint.Settings);
            Planted.Store((store, _, _) => notes.Before(store))(endpoint.Settings);
            services.AddSingleton(books).AddLogging(logging => logging.AddProvider(log)).AddNServiceBusEndpoint(endpoint);
        });
        Assert.IsTrue(simulation.RunUntil(() => web.HasStarted, TimeSpan.FromMinutes(1)));

        for (var order = 1; order <= 3; order++)
        {
            var id = $"order-{order}";
            web.Do(services => SessionStory.Pay(id, services, books));
        }
        simulation.RunFor(TimeSpan.FromMinutes(30));

        Assert.AreEqual(3, sent);
        Assert.IsInRange(3 * 2, 3 * 15, notes.Failed, "Each time it takes longer to the next.");
        Assert.IsInRange(1, 15, log.Lines.Count(line => line.Contains("could not be noted", StringComparison.Ordinal)));
        Assert.AreEqual(3, broker.Outbox("Web").Backlog.Commits);

        notes.Fails = false;
        simulation.RunFor(TimeSpan.FromMinutes(10));
        Assert.AreEqual(0, broker.Outbox("Web").Backlog.Commits);
        Assert.AreEqual(3, sent);
    }

    [TestMethod]
    public void What_can_not_be_sent_for_long_does_not_keep_later_messages_from_being_sent()
    {
        const int Undeliverable = 35;
        var simulation = new Simulation(seed: 1);
        var (broker, books) = (simulation.AddBroker(CommitMode.Apart), new Books());
        var isAway = true;
        var web = simulation.AddProcess("Web", services =>
        {
            var endpoint = new EndpointConfiguration("Web");
            endpoint.UsePersistence<InMemoryPersistence>().EnableTransactionalSession();
            endpoint.UseTransport(new InMemoryTransport(broker));
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.Conventions().DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal));
            endpoint.SendOnly();
            Planted.Sending(() => isAway ? throw new StoreAwayException("away", new IOException("away")) : Task.CompletedTask)(endpoint.Settings);
            services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        });
        broker.Create("Payments");
        Assert.IsTrue(simulation.RunUntil(() => web.HasStarted, TimeSpan.FromMinutes(1)));
        for (var order = 1; order <= Undeliverable + 1; order++)
        {
            var (id, to) = ($"order-{order}", order <= Undeliverable ? "Nowhere" : "Payments");
            web.Do(async services =>
            {
                await using var scope = services.CreateAsyncScope();
                var session = scope.ServiceProvider.GetRequiredService<ITransactionalSession>();
                await session.Open(new InMemoryOpenSessionOptions());
                var options = new SendOptions();
                options.SetDestination(to);
                await session.Send(new PlaceOrderCommand(id, 1), options);
                await session.Commit();
            });
            simulation.RunFor(TimeSpan.FromMilliseconds(10));
        }

        isAway = false;
        simulation.RunFor(TimeSpan.FromMinutes(2));
        Assert.ContainsSingle(broker.Messages("Payments"));
        Assert.AreEqual(Undeliverable, broker.Outbox("Web").Backlog.Commits);

        broker.Create("Nowhere");
        simulation.RunFor(TimeSpan.FromMinutes(2));
        Assert.HasCount(Undeliverable, broker.Messages("Nowhere"));
        Assert.AreEqual(0, broker.Outbox("Web").Backlog.Commits);
    }

    [TestMethod]
    public void What_is_sent_within_a_tenth_of_a_second_is_noted_together()
    {
        var simulation = new Simulation(seed: 1);
        var (broker, books, notes) = (simulation.AddBroker(CommitMode.Apart), new Books(), new List<int>());
        var web = simulation.AddProcess("Web", services =>
        {
            var endpoint = new EndpointConfiguration("Web");
            endpoint.UsePersistence<InMemoryPersistence>().EnableTransactionalSession();
            endpoint.UseTransport(new InMemoryTransport(broker)).RouteToEndpoint(typeof(OrderPaidEvent), "Web");
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.Conventions().DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
            endpoint.SendOnly();
            Planted.Store((store, _, _) => new CountsNotes(store, notes))(endpoint.Settings);
            services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        });
        Assert.IsTrue(simulation.RunUntil(() => web.HasStarted, TimeSpan.FromMinutes(1)));

        for (var order = 1; order <= 20; order++)
        {
            var id = $"order-{order}";
            web.Do(services => SessionStory.Pay(id, services, books));
            simulation.RunFor(TimeSpan.FromMilliseconds(10));
        }
        simulation.RunFor(TimeSpan.FromMinutes(1));

        Assert.AreEqual((20, 0L), (notes.Sum(), broker.Outbox("Web").Backlog.Commits));
        Assert.IsLessThanOrEqualTo(5, notes.Count);
    }

    [TestMethod]
    public void A_copy_that_comes_before_it_is_noted_that_the_first_was_sent_sends_nothing_again()
    {
        var simulation = new Simulation(seed: 1);
        var (broker, books, sent) = (simulation.AddBroker(CommitMode.Apart), new Books(), 0);
        var payments = simulation.AddProcess("Payments", services =>
        {
            var endpoint = new EndpointConfiguration("Payments");
            endpoint.UsePersistence<InMemoryPersistence>();
            endpoint.UseTransport(new InMemoryTransport(broker));
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.Conventions()
                .DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal))
                .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
            endpoint.Settings.Handlers.Add(typeof(PayAtOnceHandler));
            endpoint.LimitMessageProcessingConcurrencyTo(1);
            Planted.Sending(() =>
            {
                sent++;
                return Task.CompletedTask;
            })(endpoint.Settings);
            services.AddSingleton(books).AddNServiceBusEndpoint(endpoint);
        });
        Assert.IsTrue(simulation.RunUntil(() => payments.HasStarted, TimeSpan.FromMinutes(1)));

        for (var copy = 1; copy <= 3; copy++)
        {
            payments.Do(services =>
            {
                var options = new SendOptions();
                options.RouteToThisEndpoint();
                options.SetMessageId("order-1");
                return services.GetRequiredService<IMessageSession>().Send(new PlaceOrderCommand("order-1", 1), options);
            });
        }
        simulation.RunFor(TimeSpan.FromMinutes(1));

        Assert.AreEqual(1, books["order-1"], "It was committed once.");
        Assert.AreEqual(3 + 1, sent, "The three copies, and once what the first of them led to.");
        Assert.AreEqual(0, broker.Outbox("Payments").Backlog.Commits);
    }

    /// <summary>Absent for longer than the outbox remembers what it sent.</summary>
    internal static FaultPlan CrashesForLong(int seed) => FaultPlan.Of(seed) with { Crashes = 0.02, LongestAbsence = TimeSpan.FromMinutes(2) };

    /// <summary>A store in which nothing can be noted as sent, though it can be reached.</summary>
    sealed class FailingNotes
    {
        public bool Fails { get; set; } = true;

        public int Failed { get; private set; }

        public IStore Before(IStore real) => new Store(real, this);

        sealed class Store(IStore real, FailingNotes notes) : FaultyStore(real)
        {
            public override Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation)
            {
                if (!notes.Fails) return Real.MarkDispatched(ids, cancellation);
                notes.Failed++;
                return Task.FromException(new InvalidOperationException("The outbox may not be written."));
            }
        }
    }

    /// <param name="notes">How many were noted with each.</param>
    sealed class CountsNotes(IStore real, List<int> notes) : FaultyStore(real)
    {
        public override Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation)
        {
            notes.Add(ids.Count);
            return Real.MarkDispatched(ids, cancellation);
        }
    }

    sealed class PayAtOnceHandler(Books books) : IHandleMessages<PlaceOrderCommand>
    {
        public Task Handle(PlaceOrderCommand order, IMessageHandlerContext context)
        {
            context.SynchronizedStorageSession.OnCommit(() => books.Enter(order.OrderId));
            return context.Publish(new OrderPaidEvent(order.OrderId));
        }
    }
}

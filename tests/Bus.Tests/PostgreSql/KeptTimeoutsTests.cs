using Dovetail.Bus.Sql.PostgreSql;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Watching;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Pipeline;
using NServiceBus.Routing;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Messages of timeouts that stay in the database until they are due: where they lie meanwhile, and that none is lost, whoever ends in between.</summary>
[TestClass]
public sealed class KeptTimeoutsTests(TestContext test) : IDisposable
{
    const int Limit = 60_000;
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    readonly PostgreSqlStoreBus _bus = new(keepsTimeouts: true);
    readonly ShiftedTime _time = new();

    CancellationToken Cancellation => test.CancellationToken;

    public void Dispose() => _bus.Dispose();

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_broker_sees_nothing_of_a_timeout_before_it_is_due()
    {
        await using var scenario = await Start();

        await Ask(scenario, "order-1", Hour);
        await Pending(scenario, 1);
        // Only what asked for it was there, and that is soon settled.
        while (_bus.Broker.Messages("Reminders").Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);

        _time.Pass(Hour);
        Assert.AreEqual("order-1", (await scenario.Notes.Until<Rang>(1, Cancellation)).Single().Order);
        await Pending(scenario, 0);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_was_taken_back_is_never_sent()
    {
        await using var scenario = await Start();
        await Ask(scenario, "order-1", Hour);
        await Ask(scenario, "order-2", 2 * Hour);
        await Pending(scenario, 2);

        await scenario.Session("Reminders").SendLocal(new ForgetCommand("order-1"), Cancellation);
        await Pending(scenario, 1);
        _time.Pass(3 * Hour);

        Assert.AreEqual("order-2", (await scenario.Notes.Until<Rang>(1, Cancellation)).Single().Order);
        await Pending(scenario, 0);
        Assert.HasCount(3 + 1, await Audited(), "The two questions, the one that was taken back, and the one timeout.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_behavior_sends_to_several_places_is_left_to_the_transport()
    {
        await using var scenario = await Start(more: reminders => reminders.Do<IRoutingContext>((context, next) =>
        {
            if (context.Message.Headers.ContainsKey(Headers.IsSagaTimeoutMessage)) context.RoutingStrategies = [.. context.RoutingStrategies, new UnicastRoutingStrategy("audit")];
            return next();
        }));

        await Ask(scenario, "order-1", Hour);

        await Pending(scenario, 1);
        while (!_bus.Broker.Messages("audit").Any(message => message.DueAt is not null)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        Assert.ContainsSingle(_bus.Broker.Messages("Reminders").Where(message => message.DueAt is not null));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_that_was_due_while_nobody_ran_rings_when_somebody_does()
    {
        await using (var before = await Start())
        {
            await Ask(before, "order-1", Hour);
            await Pending(before, 1);
        }
        _time.Pass(2 * Hour);

        await using var after = await Start();

        Assert.AreEqual("order-1", (await after.Notes.Until<Rang>(1, Cancellation)).Single().Order);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_broker_that_takes_nothing_delays_a_timeout_and_loses_none()
    {
        var faults = new Faultiness();
        await using var scenario = await Start(faults);
        for (var order = 1; order <= 3; order++) await Ask(scenario, $"order-{order}", Hour);
        await Pending(scenario, 3);

        faults.SendFailure = new InvalidOperationException("The broker takes nothing.");
        _time.Pass(Hour);
        while (!scenario.Notes.Of<Logged>().Any(line => line.Text.Contains("3 timeouts are due and can't be sent", StringComparison.Ordinal))) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        faults.SendFailure = null;
        _time.Pass(Patience);

        var rang = await scenario.Notes.Until<Rang>(3, Cancellation);
        CollectionAssert.AreEquivalent(new[] { "order-1", "order-2", "order-3" }, rang.Select(ring => ring.Order).ToList());
        await Pending(scenario, 0);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Without_the_setting_the_transport_gets_what_was_kept_with_the_time_at_which_it_is_due()
    {
        await using (var before = await Start())
        {
            await Ask(before, "order-1", Hour);
            await Pending(before, 1);
        }
        _bus.KeepsTimeouts = false;

        await using var after = await Start();

        QueuedMessage? waits;
        while ((waits = _bus.Broker.Messages("Reminders").SingleOrDefault()) is null) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        var pending = Assert.ContainsSingle(await List(after));
        Assert.IsLessThan(TimeSpan.FromMilliseconds(1), (pending.DueAt - waits.DueAt!.Value).Duration());
        Assert.IsEmpty(after.Notes.Of<Rang>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_one_instance_has_taken_is_anothers_once_its_patience_ends_and_nobodys_once_it_is_noted()
    {
        await using (var scenario = await Start())
        {
            await Ask(scenario, "order-1", Hour);
            await Ask(scenario, "order-2", 2 * Hour);
            await Pending(scenario, 2);
        }
        await using var one = Store();
        await using var other = Store();
        _time.Pass(1.5 * Hour);

        var taken = (await one.WaitForDueTimeouts(Patience, Cancellation)).Single();
        await TakesNothing(other);
        _time.Pass(2 * Patience);
        var again = (await other.WaitForDueTimeouts(Patience, Cancellation)).Single();
        Assert.AreEqual(taken.TimeoutId, again.TimeoutId);
        Assert.AreEqual(taken.Messages.Single().MessageId, again.Messages.Single().MessageId);

        await other.MarkSent([again], Cancellation);
        _time.Pass(2 * Patience);
        await TakesNothing(one);
        Assert.IsTrue(await one.IsPending(again.SagaId, again.TimeoutId, Cancellation), "It was sent, and has not rung.");
        Assert.HasCount(2, await one.ListTimeouts(10, Cancellation));
    }

    async Task TakesNothing(IStore store)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        soon.CancelAfter(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAsync<OperationCanceledException>(() => store.WaitForDueTimeouts(Patience, soon.Token));
    }

    ServerStore Store()
    {
        var database = Database.Open(new PostgreSqlDialect(), Connections.By(_bus.Schema.Connect), _time);
        return new ServerStore(database, null, new StoreSettings(_bus.Schema.Name, "Reminders_", Deduplicates: true, System.Data.IsolationLevel.ReadCommitted) { KeepsTimeouts = true }, _time);
    }

    Task<Scenario> Start(Faultiness? faults = null, Action<EndpointConfiguration>? more = null) => Scenario.Start(_bus, [("Reminders", (reminders, _) =>
    {
        reminders.AddSaga<Reminder>();
        reminders.AuditProcessedMessagesTo("audit");
        more?.Invoke(reminders);
        if (faults is not null) reminders.UseTransport(new FaultyTransport(_bus.Broker, faults));
    })], Cancellation, services => services.AddSingleton<TimeProvider>(_time));

    Task Ask(Scenario scenario, string order, TimeSpan after) => scenario.Session("Reminders").SendLocal(new RemindCommand(order, after), Cancellation);

    async Task<IReadOnlyList<PendingTimeout>> List(Scenario scenario) => await scenario.Services.GetRequiredKeyedService<PendingTimeouts>("Reminders").List(100, Cancellation);

    async Task Pending(Scenario scenario, int count)
    {
        while ((await List(scenario)).Count != count) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }

    async Task<IReadOnlyList<QueuedMessage>> Audited()
    {
        while (_bus.Broker.Messages("audit").Count < 4) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        return _bus.Broker.Messages("audit");
    }

    sealed record RemindCommand(string Order, TimeSpan After);

    sealed record ForgetCommand(string Order);

    sealed record Late(string Order);

    sealed record Rang(string Order);

    sealed class Reminder(Notes notes) : Saga<Reminder.State>, IAmStartedByMessages<RemindCommand>, IHandleMessages<ForgetCommand>, IHandleTimeouts<Late>
    {
        public Task Handle(RemindCommand message, IMessageHandlerContext context) => RequestTimeout(context, message.After, new Late(message.Order));

        public Task Handle(ForgetCommand message, IMessageHandlerContext context)
        {
            this.CancelTimeouts<Late>(context);
            return Task.CompletedTask;
        }

        public Task Timeout(Late late, IMessageHandlerContext context)
        {
            notes.Write(new Rang(late.Order));
            return Task.CompletedTask;
        }

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Order).ToMessage<RemindCommand>(message => message.Order).ToMessage<ForgetCommand>(message => message.Order);

        internal sealed class State : ContainSagaData
        {
            public string Order { get; set; } = "";
        }
    }
}

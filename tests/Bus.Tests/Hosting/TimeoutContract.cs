using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What becomes of the rows of pending timeouts, on every store. Derive one class for each.</summary>
public abstract class TimeoutContract(TestContext test) : BusContract(test)
{
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Timeouts_that_have_not_rung_are_listed_in_the_order_in_which_they_are_due()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter("late", 2 * Hour), new SnoozeAfter("early", Hour));
        await Tell(scenario, "b", new RingAfter("between", 1.5 * Hour));

        var listed = await List(scenario);

        CollectionAssert.AreEqual(new[] { typeof(Alarm.Snooze).FullName, typeof(Alarm.Ring).FullName, typeof(Alarm.Ring).FullName }, listed.Select(timeout => timeout.State).ToList());
        Assert.AreEqual(listed[0].SagaId, listed[2].SagaId);
        Assert.AreEqual(nameof(Alarm), listed[0].Saga);
        Assert.IsTrue(listed.Zip(listed.Skip(1)).All(pair => pair.First.DueAt < pair.Second.DueAt));
        Assert.HasCount(1, await List(scenario, most: 1));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_that_rang_is_no_longer_pending()
    {
        await using var scenario = await StartAlarms();

        await Tell(scenario, "a", new RingAfter("soon", TimeSpan.FromMilliseconds(1)));

        await scenario.Notes.Until<Alarm.Ring>(1, Cancellation);
        await Settled("Alarms");
        Assert.IsEmpty(await List(scenario));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_that_was_taken_back_has_no_effect_when_it_arrives()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter("never", Hour), new SnoozeAfter("kept", Hour));
        var pending = await List(scenario);
        await Tell(scenario, "a", new CancelRings());

        Assert.AreEqual(typeof(Alarm.Snooze).FullName, Assert.ContainsSingle(await List(scenario)).State, "Only those of the type go.");
        foreach (var timeout in pending) await Arrive(scenario, timeout);

        await Settled("Alarms");
        Assert.IsEmpty(scenario.Notes.Of<Alarm.Ring>());
        Assert.ContainsSingle(scenario.Notes.Of<Alarm.Snooze>());
        await NothingIsParked();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_is_taken_back_through_behaviors_around_handlers_too()
    {
        await using var scenario = await StartAlarms(alarms => alarms.Do<IInvokeHandlerContext>((_, next) => next()));
        await Tell(scenario, "a", new RingAfter("never", Hour));
        var pending = (await List(scenario)).Single();

        await Tell(scenario, "a", new RingAfter("nor this", TimeSpan.Zero), new CancelRings());

        Assert.IsEmpty(await List(scenario));
        await Arrive(scenario, pending);
        await Settled("Alarms");
        Assert.IsEmpty(scenario.Notes.Of<Alarm.Ring>());
        await NothingIsParked();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_is_asked_for_after_taking_back_rings()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter("old", Hour));
        var old = (await List(scenario)).Single();

        await Tell(scenario, "a", new CancelRings(), new RingAfter("new", 2 * Hour));

        var fresh = Assert.ContainsSingle(await List(scenario));
        Assert.AreNotEqual(old.TimeoutId, fresh.TimeoutId);
        await Arrive(scenario, old);
        await Arrive(scenario, fresh);
        await Settled("Alarms");
        Assert.AreEqual(fresh.TimeoutId, Assert.ContainsSingle(scenario.Notes.Of<Alarm.Ring>()).Name);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_is_asked_for_and_taken_back_in_one_breath_is_not_sent()
    {
        await using var scenario = await StartAlarms();

        await Tell(scenario, "a", new RingAfter("never", TimeSpan.Zero), new CancelRings(), new SnoozeAfter("kept", TimeSpan.Zero));

        await scenario.Notes.Until<Alarm.Snooze>(1, Cancellation);
        await Settled("Alarms");
        Assert.IsEmpty(scenario.Notes.Of<Alarm.Ring>());
        Assert.IsEmpty(await List(scenario));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_that_ends_has_no_pending_timeouts_any_more()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter("never", Hour), new SnoozeAfter("never", Hour));
        await Tell(scenario, "b", new RingAfter("another's", Hour));

        await Tell(scenario, "a", new RingAfter("never", Hour), new End());
        await Tell(scenario, "c", new RingAfter("never", Hour), new End());

        Assert.ContainsSingle(await List(scenario));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_fails_takes_nothing_back_and_asks_for_nothing()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter("kept", Hour));
        var kept = (await List(scenario)).Single();

        await Tell(scenario, "a", new CancelRings(), new SnoozeAfter("never", Hour), new Fail());

        await Parked();
        Assert.AreEqual(kept, Assert.ContainsSingle(await List(scenario)));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_that_fails_stays_pending_until_somebody_sees_to_it()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter(Alarm.Broken, TimeSpan.Zero));

        var parked = await Parked();
        Assert.ContainsSingle(await List(scenario));
        scenario.Notes.Gate("mended").SetResult();
        await using var transport = Open();
        await transport.Send([new Dovetail.Bus.Transport.OutgoingOperation(parked.Headers[Headers.MessageId], parked.Headers, parked.Body, new Dovetail.Bus.Transport.Target.Queue("Alarms"))], Cancellation);

        await scenario.Notes.Until<Alarm.Ring>(1, Cancellation);
        await Settled("Alarms");
        Assert.IsEmpty(await List(scenario));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_from_elsewhere_or_from_before_there_were_rows_rings()
    {
        await using var scenario = await StartAlarms();
        await Tell(scenario, "a", new RingAfter("later", Hour));
        var pending = (await List(scenario)).Single();

        await Arrive(scenario, pending, marked: false);

        await scenario.Notes.Until<Alarm.Ring>(1, Cancellation);
        Assert.AreEqual(pending, Assert.ContainsSingle(await List(scenario)), "What has no row takes none away.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_that_ends_takes_no_timeouts_of_another_saga_with_the_same_id()
    {
        await using var scenario = await Start("Alarms", alarms =>
        {
            alarms.AddSaga<Short>();
            alarms.AddSaga<Long>();
        });
        var id = Guid.NewGuid();
        await scenario.Session("Alarms").SendLocal(new BeginBothCommand(id), Cancellation);
        await Settled("Alarms");
        Assert.HasCount(2, await List(scenario));

        await scenario.Session("Alarms").SendLocal(new EndShortCommand(id), Cancellation);
        await Settled("Alarms");

        Assert.AreEqual(nameof(Long), Assert.ContainsSingle(await List(scenario)).Saga);
    }

    Task<Scenario> StartAlarms(Action<EndpointConfiguration>? more = null) => Start("Alarms", alarms =>
    {
        alarms.AddSaga<Alarm>();
        alarms.AuditProcessedMessagesTo("audit");
        more?.Invoke(alarms);
    });

    async Task Tell(Scenario scenario, string id, params object[] steps)
    {
        await scenario.Session("Alarms").SendLocal(new AlarmCommand(id, [.. steps.Select(step => Step.Of(step))]), Cancellation);
        await Settled("Alarms");
    }

    async Task<IReadOnlyList<PendingTimeout>> List(Scenario scenario, int most = 100) =>
        await scenario.Services.GetRequiredKeyedService<PendingTimeouts>("Alarms").List(most, Cancellation);

    /// <summary>The message of a timeout comes, before its time.</summary>
    async Task Arrive(Scenario scenario, PendingTimeout timeout, bool marked = true)
    {
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader(Headers.SagaId, timeout.SagaId.ToString());
        options.SetHeader(Headers.SagaType, typeof(Alarm).AssemblyQualifiedName!);
        options.SetHeader(Headers.IsSagaTimeoutMessage, bool.TrueString);
        if (marked) options.SetHeader(PendingTimeout.Header, $"{timeout.TimeoutId} {timeout.State}");
        object state = timeout.State == typeof(Alarm.Ring).FullName ? new Alarm.Ring(timeout.TimeoutId) : new Alarm.Snooze(timeout.TimeoutId);
        await scenario.Session("Alarms").Send(state, options, Cancellation);
    }

    async Task NothingIsParked()
    {
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    sealed record RingAfter(string Name, TimeSpan After);

    sealed record SnoozeAfter(string Name, TimeSpan After);

    sealed record CancelRings;

    sealed record End;

    sealed record Fail;

    sealed record AlarmCommand(string Id, IReadOnlyList<Step> Steps);

    /// <summary>What the saga is to do, in order, as it travels.</summary>
    sealed record Step(string Kind, string Name, TimeSpan After)
    {
        public static Step Of(object step) => step switch
        {
            RingAfter ring => new(nameof(RingAfter), ring.Name, ring.After),
            SnoozeAfter snooze => new(nameof(SnoozeAfter), snooze.Name, snooze.After),
            _ => new(step.GetType().Name, "", default),
        };
    }

    sealed record BeginBothCommand(Guid Id);

    sealed record EndShortCommand(Guid Id);

    sealed record Late;

    sealed class Short : Saga<Short.State>, IAmStartedByMessages<BeginBothCommand>, IHandleMessages<EndShortCommand>, IHandleTimeouts<Late>
    {
        public Task Handle(BeginBothCommand message, IMessageHandlerContext context) => RequestTimeout<Late>(context, Hour, new Late());

        public Task Handle(EndShortCommand message, IMessageHandlerContext context)
        {
            MarkAsComplete();
            return Task.CompletedTask;
        }

        public Task Timeout(Late state, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Id).ToMessage<BeginBothCommand>(message => message.Id).ToMessage<EndShortCommand>(message => message.Id);

        internal sealed class State : ContainSagaData;
    }

    sealed class Long : Saga<Long.State>, IAmStartedByMessages<BeginBothCommand>, IHandleTimeouts<Late>
    {
        public Task Handle(BeginBothCommand message, IMessageHandlerContext context) => RequestTimeout<Late>(context, Hour, new Late());

        public Task Timeout(Late state, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Id).ToMessage<BeginBothCommand>(message => message.Id);

        internal sealed class State : ContainSagaData;
    }

    sealed class Alarm(Notes notes) : Saga<Alarm.State>, IAmStartedByMessages<AlarmCommand>, IHandleTimeouts<Alarm.Ring>, IHandleTimeouts<Alarm.Snooze>
    {
        public const string Broken = "broken";

        public async Task Handle(AlarmCommand message, IMessageHandlerContext context)
        {
            foreach (var step in message.Steps)
            {
                if (step.Kind == nameof(RingAfter)) await RequestTimeout(context, step.After, new Ring(step.Name));
                if (step.Kind == nameof(SnoozeAfter)) await RequestTimeout(context, step.After, new Snooze(step.Name));
                if (step.Kind == nameof(CancelRings)) this.CancelTimeouts<Ring>(context);
                if (step.Kind == nameof(End)) MarkAsComplete();
                if (step.Kind == nameof(Fail)) throw new InvalidOperationException("This alarm does not work.");
            }
        }

        public Task Timeout(Ring state, IMessageHandlerContext context)
        {
            if (state.Name == Broken && !notes.Gate("mended").Task.IsCompleted) throw new InvalidOperationException("The bell is broken.");
            notes.Write(state);
            return Task.CompletedTask;
        }

        public Task Timeout(Snooze state, IMessageHandlerContext context)
        {
            notes.Write(state);
            return Task.CompletedTask;
        }

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<AlarmCommand>(message => message.Id);

        internal sealed record Ring(string Name);

        internal sealed record Snooze(string Name);

        internal sealed class State : ContainSagaData
        {
            public string Name { get; set; } = "";
        }
    }
}

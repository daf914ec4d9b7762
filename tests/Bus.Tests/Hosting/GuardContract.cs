using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Guards that no other contract holds, on every transport and store. Derive one class for each pair.</summary>
public abstract class GuardContract(TestContext test) : BusContract(test)
{
    [Scenario(76, 217)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_is_dispatched_immediately_stays_sent_when_the_handler_fails()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<ImmediateThenFailHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
        await scenario.Session("Sales").SendLocal(new ImmediateCommand(), Cancellation);
        await Parked();
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_parked_message_has_its_headers_as_they_came()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AlwaysFailHandler>()));
        await using (var transport = Open())
        {
            var headers = new Dictionary<string, string> { [Headers.MessageId] = "1", [Headers.ContentType] = "text/odd", [Headers.EnclosedMessageTypes] = typeof(FailCommand).AssemblyQualifiedName! };
            await transport.Send([new OutgoingOperation("1", headers, "{\"Text\":\"x\"}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        }
        Assert.AreEqual("text/odd", (await Parked()).Headers[Headers.ContentType]);
    }

    [Scenario(58)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_may_keep_the_message_from_those_after_it()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<StoppingHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
        await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);
        await scenario.Notes.Until<string>(1, Cancellation);
        await Settled("Sales");
        Assert.IsEmpty(scenario.Notes.Of<AnswerMessage>());
    }

    [Scenario(210)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Purging_at_start_drops_what_waits()
    {
        await using (var transport = Open())
        {
            await transport.CreateQueues(["Sales"], Cancellation);
            await transport.Send([new OutgoingOperation("1", new() { [Headers.MessageId] = "1" }, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        }
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.PurgeOnStartup(true);
        }
        ));
        await using var probe = Open();
        await probe.CreateQueues(["error"], Cancellation);
        await Settled("Sales");
        Assert.AreEqual(0, Bus.Waiting(probe, "error"));
    }

    [Scenario(123)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_finds_its_saga_by_its_own_properties_whatever_saga_its_headers_name()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Watching>()));
        var options = new PublishOptions();
        options.SetHeader(Headers.SagaId, Guid.NewGuid().ToString());
        options.SetHeader(Headers.SagaType, typeof(Watching).AssemblyQualifiedName!);
        await scenario.Session("Counters").Publish(new HappenedEvent("a"), options, Cancellation);
        Assert.AreEqual("watching a", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [Scenario(118)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_answer_to_the_originator_correlates_with_the_message_that_began_the_saga()
    {
        await using var scenario = await Start(
            ("Counters", (counters, _) => counters.AddSaga<Counter>()),
            ("Sales", (sales, routing) =>
            {
                sales.AddHandler<AnswerHandler>();
                routing.RouteToEndpoint(typeof(BeginCommand), "Counters");
            }
        ));
        var options = new SendOptions();
        options.SetMessageId("begin-1");
        await scenario.Session("Sales").Send(new BeginCommand("a"), options, Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);
        await scenario.Session("Counters").SendLocal(new EndCommand("a"), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        var headers = scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single();
        Assert.AreEqual("begin-1", headers[Headers.CorrelationId]);
        Assert.IsFalse(headers.ContainsKey(Headers.SagaId));
    }

    [Scenario(120)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_reply_reaches_the_saga_that_asked_and_no_other()
    {
        await using var scenario = await Start(
            ("Counters", (counters, routing) =>
            {
                counters.AddSaga<Asking>();
                counters.AddSaga<AlsoAsking>();
                routing.RouteToEndpoint(typeof(AskCommand), "Billing");
            }
        ),
            ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));
        await scenario.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<string>(1, Cancellation);
        await Settled("Counters");
        Assert.AreEqual("a heard: answer to a", scenario.Notes.Of<string>().Single());
    }

    [Scenario(122)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_that_changes_its_id_or_what_it_is_found_by_is_refused()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Restless>()));
        await scenario.Session("Counters").SendLocal(new BeginCommand("id"), Cancellation);
        await scenario.Session("Counters").SendLocal(new BeginCommand("name"), Cancellation);
        await using var transport = Open();
        var parked = await Take(transport, "error", 2);
        Assert.IsTrue(parked.All(each => each.Headers[NServiceBus.Faults.FaultsHeaderKeys.Message].Contains("changed", StringComparison.Ordinal)));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Failure_headers_can_be_changed_before_they_are_added()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.AddHeaderToAllOutgoingMessages("everywhere", "yes");
            sales.Recoverability().Failed(failed => failed.HeaderCustomization(headers => headers[NServiceBus.Faults.FaultsHeaderKeys.Message] = "masked"));
        }
        ));
        await scenario.Session("Sales").SendLocal(new FailCommand("secret"), Cancellation);
        var parked = await Parked();
        Assert.AreEqual("masked", parked.Headers[NServiceBus.Faults.FaultsHeaderKeys.Message]);
        Assert.AreEqual("yes", parked.Headers["everywhere"]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_is_not_sent_and_a_command_not_published()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sales").Send("Sales", new HappenedEvent("a"), Cancellation));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sales").Publish(new AskCommand("a"), Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_audit_copy_of_a_retried_message_says_that_the_retry_was_acknowledged()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.AuditProcessedMessagesTo("audit");
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["Particular.ServiceControl"], Cancellation);
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader("ServiceControl.Retry.UniqueMessageId", "unique-1");
        options.SetHeader("ServiceControl.Retry.AcknowledgementQueue", "Particular.ServiceControl");
        await scenario.Session("Sales").Send(new AnswerMessage("again"), options, Cancellation);
        Assert.AreEqual("true", (await Take(transport, "audit", 1)).Single().Headers["ServiceControl.Retry.AcknowledgementSent"]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_held_up_by_one_message_of_a_saga_lets_no_other_of_that_saga_in()
    {
        await using var scenario = await Start(("Counters", (counters, _) =>
        {
            counters.AddSaga<OneAtATime>();
            counters.Pipeline.Register<NoteArrival>("notes who has come as far as to the saga");
            counters.LimitMessageProcessingConcurrencyTo(8);
        }
        ));
        for (var n = 0; n < 8; n++) await scenario.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation);
        await Settled("Counters");
        Assert.HasCount(8, scenario.Notes.Of<BeginCommand>(), "A conflict would have handled one again.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Rounds_are_counted_until_they_are_used_up()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(3).TimeIncrease(TimeSpan.FromMilliseconds(10)));
        }
        ));
        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Parked().WaitAsync(TimeSpan.FromSeconds(8), Cancellation);
        Assert.HasCount(4, scenario.Notes.Of<FailCommand>());
    }
}

sealed record ImmediateCommand;

sealed class ImmediateThenFailHandler : IHandleMessages<ImmediateCommand>
{
    public async Task Handle(ImmediateCommand message, IMessageHandlerContext context)
    {
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.RequireImmediateDispatch();
        await context.Send(new AnswerMessage("at once"), options);
        throw new InvalidOperationException("afterwards");
    }
}

sealed class StoppingHandler(Notes notes) : IHandleMessages<AnswerMessage>
{
    public Task Handle(AnswerMessage message, IMessageHandlerContext context)
    {
        context.DoNotContinueDispatchingCurrentMessageToHandlers();
        notes.Write("stopped");
        return Task.CompletedTask;
    }
}

sealed class Watching(Notes notes) : Saga<Watching.State>, IAmStartedByMessages<HappenedEvent>
{
    public Task Handle(HappenedEvent message, IMessageHandlerContext context)
    {
        notes.Write($"watching {Data.Name}");
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<HappenedEvent>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}

sealed class AlsoAsking(Notes notes) : Saga<AlsoAsking.State>, IAmStartedByMessages<AskCommand>, IHandleMessages<AnswerMessage>
{
    public Task Handle(AskCommand message, IMessageHandlerContext context) => Task.CompletedTask;

    public Task Handle(AnswerMessage message, IMessageHandlerContext context)
    {
        notes.Write("the wrong saga heard it");
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
    {
        mapper.ConfigureNotFoundHandler<Nobody>();
        mapper.MapSaga(state => state.Name).ToMessage<AskCommand>(message => message.Text).ToMessage<AnswerMessage>(message => message.Text);
    }

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }

    internal sealed class Nobody(Notes notes) : ISagaNotFoundHandler
    {
        public Task Handle(object message, IMessageProcessingContext context)
        {
            notes.Write("the wrong saga was looked for");
            return Task.CompletedTask;
        }
    }
}

sealed class Restless : Saga<Restless.State>, IAmStartedByMessages<BeginCommand>
{
    public Task Handle(BeginCommand message, IMessageHandlerContext context)
    {
        if (message.Id == "id") Data.Id = Guid.NewGuid();
        else Data.Name = "another";
        return Task.CompletedTask;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}

sealed record Arrival;

sealed class NoteArrival(Notes notes) : Behavior<IIncomingLogicalMessageContext>
{
    public override Task Invoke(IIncomingLogicalMessageContext context, Func<Task> next)
    {
        notes.Write(new Arrival());
        return next();
    }
}

/// <summary>Works on until all others stand before it.</summary>
sealed class OneAtATime(Notes notes) : Saga<OneAtATime.State>, IAmStartedByMessages<BeginCommand>
{
    public async Task Handle(BeginCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        await notes.Until<Arrival>(8, context.CancellationToken);
        Data.Times++;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public int Times { get; set; }
    }
}

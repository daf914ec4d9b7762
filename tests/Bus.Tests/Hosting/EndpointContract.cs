using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Faults;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What endpoints must do on every transport and store. Derive one class for each pair.</summary>
public abstract class EndpointContract(TestContext test) : BusContract(test)
{
    [Scenario(1, 5)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_command_is_handled_and_its_reply_comes_back()
    {
        await using var scenario = await Start(("Sales", (sales, routing) =>
        {
            sales.AddHandler<AnswerHandler>();
            routing.RouteToEndpoint(typeof(AskCommand), "Billing");
        }
        ), ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));

        await scenario.Session("Sales").Send(new AskCommand("how much?"), Cancellation);

        Assert.AreEqual("answer to how much?", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }

    [Scenario(32, 33, 37)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_message_leads_to_carries_its_conversation_and_cause()
    {
        await using var scenario = await Start(("Sales", (sales, routing) =>
        {
            sales.AddHandler<AnswerHandler>();
            routing.RouteToEndpoint(typeof(AskCommand), "Billing");
        }
        ), ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));
        var options = new SendOptions();
        options.SetMessageId("ask-1");

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);

        var headers = scenario.Notes.Of<IReadOnlyDictionary<string, string>>();
        var (ask, answer) = (headers.Single(each => each[Headers.MessageIntent] == "Send"), headers.Single(each => each[Headers.MessageIntent] == "Reply"));
        Assert.AreEqual(ask[Headers.ConversationId], answer[Headers.ConversationId]);
        Assert.AreEqual("ask-1", answer[Headers.RelatedTo]);
        Assert.AreEqual("ask-1", answer[Headers.CorrelationId]);
        Assert.AreEqual("Billing", answer[Headers.OriginatingEndpoint]);
        Assert.AreEqual("Sales", ask[Headers.OriginatingEndpoint]);
    }

    [Scenario(2, 75, 91)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_that_fails_sends_nothing()
    {
        await using var scenario = await Start(("Sales", (sales, routing) =>
        {
            sales.AddHandler<SendAndFailOnceHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailOnceCommand(), Cancellation);

        Assert.AreEqual("attempt 2", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        await Settled("Sales");
        Assert.ContainsSingle(scenario.Notes.Of<AnswerMessage>());
    }

    [Scenario(243)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_keeps_failing_is_tried_now_and_later_and_then_parked_with_its_story()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AlwaysFailHandler>()));

        await scenario.Session("Sales").SendLocal(new FailCommand("kaputt"), Cancellation);
        var parked = await Parked();

        Assert.HasCount(4, scenario.Notes.Of<FailCommand>(), "One attempt and one retry at once, in two rounds.");
        Assert.AreEqual(Bus.Address("Sales"), parked.Headers[FaultsHeaderKeys.FailedQ]);
        Assert.AreEqual(typeof(InvalidOperationException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
        Assert.AreEqual("kaputt", parked.Headers[FaultsHeaderKeys.Message]);
        StringAssert.Contains(parked.Headers[FaultsHeaderKeys.StackTrace], nameof(AlwaysFailHandler));
        Assert.AreEqual(28, parked.Headers[FaultsHeaderKeys.TimeOfFailure].Length);
        Assert.AreEqual("Sales", parked.Headers[Headers.ProcessingEndpoint]);
        Assert.AreEqual(typeof(AlwaysFailHandler).FullName, parked.Headers["NServiceBus.ExceptionInfo.Data.Handler type"]);
        Assert.IsFalse(parked.Headers.ContainsKey(Headers.DelayedRetries));
        Assert.IsTrue(parked.Headers.ContainsKey(Headers.DelayedRetriesTimestamp));
    }

    [Scenario(90)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_unrecoverable_failure_is_parked_without_retries()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().AddUnrecoverableException<InvalidOperationException>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("kaputt"), Cancellation);
        await Parked();

        Assert.ContainsSingle(scenario.Notes.Of<FailCommand>());
    }

    [Scenario(48)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_unreadable_message_is_parked_at_once_and_holds_up_nobody()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AskHandler>()));
        await using (var transport = Open())
        {
            var headers = new Dictionary<string, string> { [Headers.MessageId] = "bad", [Headers.EnclosedMessageTypes] = typeof(AskCommand).AssemblyQualifiedName! };
            await transport.Send([new OutgoingOperation("bad", headers, "{ this is no JSON"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        }

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);
        await scenario.Notes.Until<IReadOnlyDictionary<string, string>>(1, Cancellation);

        var parked = await Parked();
        Assert.AreEqual("bad", parked.Headers[Headers.MessageId]);
        Assert.AreEqual(typeof(MessageDeserializationException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
    }

    [Scenario(59)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_nobody_handles_is_parked_and_not_swallowed()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AskHandler>()));

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);

        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], "No handler");
    }

    [Scenario(105, 106)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Every_handled_message_is_in_the_audit_once()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<SendAndFailOnceHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.AuditProcessedMessagesTo("audit");
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailOnceCommand(), Cancellation);

        await using var transport = Open();
        var copies = await Take(transport, "audit", 2);
        var first = copies[0].Headers;
        Assert.AreEqual("Sales", first[Headers.ProcessingEndpoint]);
        foreach (var header in new[] { Headers.ProcessingStarted, Headers.ProcessingEnded, Headers.HostId, Headers.HostDisplayName, Headers.ProcessingMachine })
            Assert.IsTrue(first.ContainsKey(header), $"The audit copy lacks {header}.");
        Assert.HasCount(2, copies.Select(copy => copy.Headers[Headers.MessageId]).Distinct().ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_that_waits_holds_no_lock()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<WaitingHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        // While the first handler waits for its partner, another message is sent, handled and committed.
        await scenario.Session("Sales").SendLocal(new AnswerMessage("meanwhile"), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("Sales", besides: 1);

        scenario.Notes.Gate("partner").SetResult();
        await Settled("Sales");
    }

    [Scenario(223)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Stopping_waits_for_the_handler_and_keeps_its_work()
    {
        var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<WaitingHandler>()));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        var stopping = scenario.Stop(Cancellation);
        Assert.IsFalse(stopping.IsCompleted);
        scenario.Notes.Gate("partner").SetResult();
        await stopping;

        await using (var transport = Open()) Assert.AreEqual(0, Bus.Waiting(transport, "Sales"));
        await scenario.DisposeAsync();
    }

    [Scenario(69, 223)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_whose_handler_was_called_off_stays_in_the_queue_and_loses_no_retry()
    {
        var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<WaitingHandler>()));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        using var impatient = new CancellationTokenSource();
        await impatient.CancelAsync();
        await scenario.Stop(impatient.Token);
        await scenario.DisposeAsync();

        await using var transport = Open();
        var again = Assert.ContainsSingle(await Take(transport, "Sales", 1));
        if (!Bus.CountsWhatCameBack) Assert.AreEqual(1, again.Attempt);
    }

    [Scenario(9, 10, 11)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_reaches_every_endpoint_that_handles_it_also_through_a_base_type()
    {
        await using var scenario = await Start(
            ("Sales", (_, _) => { }
        ),
            ("Billing", (billing, _) => billing.AddHandler<OrderedHandler>()),
            ("Shipping", (shipping, _) => shipping.AddHandler<AnythingHappenedHandler>()));

        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), Cancellation);

        var heard = await scenario.Notes.Until<string>(2, Cancellation);
        CollectionAssert.AreEquivalent(new[] { "billing A-1", "shipping A-1" }, heard.ToList());
    }

    [Scenario(185, 186, 189)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_transactional_session_commits_its_messages_or_none()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        using (var scope = scenario.Services.CreateScope())
        {
            await using var abandoned = Scenario.TransactionalSession(scope, "Sales");
            await abandoned.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
            await abandoned.Send("Sales", new AnswerMessage("never"), Cancellation);
        }
        using (var scope = scenario.Services.CreateScope())
        {
            await using var kept = Scenario.TransactionalSession(scope, "Sales");
            await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => kept.Send("Sales", new AnswerMessage("too early"), Cancellation));
            await kept.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
            await kept.Send("Sales", new AnswerMessage("kept"), Cancellation);
            await kept.Commit(Cancellation);
            await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => kept.Commit(Cancellation));
        }

        Assert.AreEqual("kept", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        await Settled("Sales");
        Assert.ContainsSingle(scenario.Notes.Of<AnswerMessage>());
    }

    [Scenario(104)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_retry_that_was_asked_for_by_ServiceControl_is_acknowledged()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        await using var transport = Open();
        await transport.CreateQueues(["Particular.ServiceControl"], Cancellation);
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader("ServiceControl.Retry.UniqueMessageId", "unique-1");
        options.SetHeader("ServiceControl.Retry.AcknowledgementQueue", "Particular.ServiceControl");

        await scenario.Session("Sales").Send(new AnswerMessage("again"), options, Cancellation);

        var receipt = (await Take(transport, "Particular.ServiceControl", 1)).Single();
        Assert.AreEqual("unique-1", receipt.Headers["ServiceControl.Retry.UniqueMessageId"]);
        Assert.AreEqual("True", receipt.Headers[Headers.ControlMessageHeader]);
        Assert.IsTrue(receipt.Headers.ContainsKey("ServiceControl.Retry.Successful"));
        Assert.IsTrue(receipt.Body.IsEmpty);
    }
}

using System.Text;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Audit;
using NServiceBus.Extensibility;
using NServiceBus.Faults;
using NServiceBus.Pipeline;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What behaviors may do to whatever leaves: messages, audit copies, failures. On every transport and store; derive one class for each pair.</summary>
public abstract class DepartureContract(TestContext test) : BusContract(test)
{
    [Scenario(55)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_may_leave_without_a_body()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.Do<IOutgoingLogicalMessageContext>((context, next) =>
        {
            context.SkipSerialization();
            return next();
        })));
        await using var transport = Open();
        await transport.CreateQueues(["Billing"], Cancellation);

        await scenario.Session("Sales").Send("Billing", new AskCommand("x"), Cancellation);

        var sent = (await Take(transport, "Billing", 1)).Single();
        Assert.IsTrue(sent.Body.IsEmpty);
        Assert.IsFalse(sent.Headers.ContainsKey(Headers.ContentType) || sent.Headers.ContainsKey(Headers.EnclosedMessageTypes));
    }

    [Scenario(78)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_message_is_allowed_does_not_reach_those_that_behaviors_send_meanwhile()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.AddHandler<AskHandler>();
            sales.Do<IOutgoingSendContext>((context, next) =>
            {
                context.DoNotEnforceBestPractices();
                return next();
            });
            sales.Do<IOutgoingLogicalMessageContext>(async (context, next) =>
            {
                if (context.Message.Instance is HappenedEvent { Id: "outer" })
                {
                    context.SkipSerialization();
                    await context.Publish(new OrderedEvent("nested"), new PublishOptions());
                    await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => context.Publish(new AskCommand("no event"), new PublishOptions()));
                    var nested = new SendOptions();
                    nested.RouteToThisEndpoint();
                    await context.Send(new AnswerMessage(context.GetOperationProperties().TryGet<string>("of the outer", out var mark) ? mark : ""), nested);
                }
                else if (context.Message.Instance is AnswerMessage)
                {
                    Assert.IsFalse(context.ShouldSkipSerialization());
                    Assert.IsFalse(context.GetOperationProperties().TryGet<string>("of the outer", out var none), none);
                    context.Headers["delayed"] = context.Headers.ContainsKey(Headers.DeliverAt).ToString();
                }
                await next();
            });
        }
        ));
        var outer = new SendOptions();
        outer.SetDestination("Sales");
        outer.DelayDeliveryWith(TimeSpan.FromHours(1));
        outer.RouteReplyTo("Elsewhere");
        outer.GetExtensions().Set("of the outer", "mine");

        await scenario.Session("Sales").Send(new HappenedEvent("outer"), outer, Cancellation);

        Assert.AreEqual("mine", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        var headers = scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single();
        Assert.IsFalse(headers.ContainsKey(Headers.DeliverAt));
        Assert.AreEqual(Bus.Address("Sales"), headers[Headers.ReplyToAddress]);
    }

    [Scenario(241)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_correlation_of_an_answer_to_whoever_began_a_saga_is_that_answer_s_alone()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddSaga<Counter>();
            sales.AddHandler<AnswerHandler>();
            sales.Do<IOutgoingReplyContext>(async (context, next) =>
            {
                var nested = new SendOptions();
                nested.SetDestination("Nested");
                await context.Send(new FailCommand("x"), nested);
                await next();
            });
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["Nested"], Cancellation);
        var begin = new SendOptions();
        begin.RouteToThisEndpoint();
        begin.SetMessageId("the beginning");
        await scenario.Session("Sales").Send(new BeginCommand("1"), begin, Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);
        await Settled("Sales");
        var end = new SendOptions();
        end.RouteToThisEndpoint();
        end.SetMessageId("the end");
        await scenario.Session("Sales").Send(new EndCommand("1"), end, Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        Assert.AreEqual("the beginning", scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single()[Headers.CorrelationId]);
        Assert.AreEqual("the end", (await Take(transport, "Nested", 1)).Single().Headers[Headers.CorrelationId]);
    }

    [Scenario(68)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_forwarded_copy_is_true_to_the_original_and_leaves_on_success_alone()
    {
        var attempts = 0;
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Do<IIncomingPhysicalMessageContext>(async (context, next) =>
            {
                context.Message.Headers["added"] = "here";
                await context.ForwardCurrentMessageTo("Copies");
                context.UpdateMessage("{\"Text\":\"changed\"}"u8.ToArray());
                await next();
                if (Interlocked.Increment(ref attempts) == 1) throw new TimeoutException("not yet");
            });
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["Copies"], Cancellation);

        await scenario.Session("Sales").SendLocal(new AnswerMessage("original"), Cancellation);

        Assert.AreEqual("changed", (await scenario.Notes.Until<AnswerMessage>(2, Cancellation))[0].Text);
        await Settled("Sales");
        Assert.AreEqual(1, Bus.Waiting(transport, "Copies"));
        var copy = (await Take(transport, "Copies", 1)).Single();
        var original = scenario.Notes.Of<IReadOnlyDictionary<string, string>>()[0];
        StringAssert.Contains(Encoding.UTF8.GetString(copy.Body.Span), "original");
        foreach (var name in new[] { Headers.MessageId, Headers.ConversationId, Headers.TimeSent, Headers.MessageIntent, Headers.EnclosedMessageTypes, "added" }) Assert.AreEqual(original[name], copy.Headers[name]);
    }

    [Scenario(109, 242)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_audit_copy_may_say_more_go_elsewhere_or_be_kept_back()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.AuditProcessedMessagesTo("audit", TimeSpan.FromDays(1));
            sales.Do<IAuditContext>((context, next) =>
            {
                Assert.AreEqual(Bus.Address("audit"), context.AuditAddress);
                Assert.AreEqual(TimeSpan.FromDays(1), context.TimeToBeReceived);
                context.AuditMetadata["said by"] = "a behavior";
                if (context.Message.Headers["kind"] == "secret") context.AuditAction = new NoAudit();
                if (context.Message.Headers["kind"] == "special") context.AuditAction = new SpecialAudit();
                return next();
            });
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["special-audit"], Cancellation);

        foreach (var kind in new[] { "secret", "special", "plain" })
        {
            var options = new SendOptions();
            options.RouteToThisEndpoint();
            options.SetHeader("kind", kind);
            await scenario.Session("Sales").Send(new AnswerMessage(kind), options, Cancellation);
        }
        await scenario.Notes.Until<AnswerMessage>(3, Cancellation);
        await Settled("Sales");

        Assert.AreEqual(1, Bus.Waiting(transport, "audit"));
        var plain = (await Take(transport, "audit", 1)).Single();
        var special = (await Take(transport, "special-audit", 1)).Single();
        Assert.AreEqual("plain", plain.Headers["kind"]);
        Assert.AreEqual("a behavior", plain.Headers["said by"]);
        Assert.IsTrue(plain.Headers.ContainsKey(Headers.ProcessingEnded));
        Assert.AreEqual("special", special.Headers["kind"]);
        StringAssert.Contains(Encoding.UTF8.GetString(special.Body.Span), "special");
    }

    [Scenario(236)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_retried_message_that_steers_the_bus_is_receipted_too_and_passes_the_stages_before_reading()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.Note<IIncomingPhysicalMessageContext>("body");
            sales.Note<IIncomingLogicalMessageContext>("message");
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["receipts"], Cancellation);
        var headers = new Dictionary<string, string>
        {
            [Headers.MessageId] = "1",
            [Headers.ControlMessageHeader] = bool.TrueString,
            ["ServiceControl.Retry.UniqueMessageId"] = "retry 1",
            ["ServiceControl.Retry.AcknowledgementQueue"] = "receipts",
        };

        await transport.Send([new OutgoingOperation("1", headers, ReadOnlyMemory<byte>.Empty, new Target.Queue("Sales"))], Cancellation);

        var receipt = (await Take(transport, "receipts", 1)).Single();
        Assert.AreEqual("retry 1", receipt.Headers["ServiceControl.Retry.UniqueMessageId"]);
        Assert.AreEqual(bool.TrueString, receipt.Headers[Headers.ControlMessageHeader]);
        CollectionAssert.AreEqual(new[] { "body" }, scenario.Notes.Of<string>().ToList());
    }

    [Scenario(243)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Behaviors_overrule_the_policy_and_add_to_the_story()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Do<IRecoverabilityContext>((context, next) =>
            {
                Assert.AreEqual(Bus.Address("Sales"), context.ReceiveAddress);
                if (context.RecoverabilityAction is ImmediateRetry) context.RecoverabilityAction = new WithoutBody(context.RecoverabilityConfiguration.Failed.ErrorQueue);
                context.Metadata["seen"] = $"{context.Exception.Message} {context.ImmediateProcessingFailures}";
                return next();
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("kaputt"), Cancellation);

        var parked = await Parked();
        Assert.IsTrue(parked.Body.IsEmpty);
        Assert.AreEqual("kaputt 1", parked.Headers["seen"]);
        Assert.AreEqual("kaputt", parked.Headers[FaultsHeaderKeys.Message]);
        Assert.AreEqual(typeof(FailCommand).FullName, parked.Headers["NServiceBus.ExceptionInfo.Data.Message type"]);
        Assert.AreEqual(typeof(AlwaysFailHandler).FullName, parked.Headers["NServiceBus.ExceptionInfo.Data.Handler type"]);
        Assert.IsTrue(parked.Headers.ContainsKey("NServiceBus.ExceptionInfo.Data.Handler start time") && parked.Headers.ContainsKey("NServiceBus.ExceptionInfo.Data.Handler failure time"));
        Assert.HasCount(1, scenario.Notes.Of<FailCommand>());
    }

    [Scenario(246)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_the_sender_adds_for_a_transport_stays_with_the_message_until_it_leaves()
    {
        var seen = new List<string>();
        var attempts = 0;
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Do<IInvokeHandlerContext>(async (context, next) =>
            {
                var options = new SendOptions();
                options.SetDestination("Billing");
                options.GetDispatchProperties()["priority"] = "7";
                await context.Send(new FailCommand("x"), options);
                await next();
                if (Interlocked.Increment(ref attempts) == 1) throw new TimeoutException("not yet");
            });
            sales.Do<IRoutingContext>((context, next) => See("routing", context.Extensions.Get<DispatchProperties>(), next));
            sales.Do<IBatchDispatchContext>((context, next) => See("batch", context.Operations.Single().Properties, next));
            sales.Do<IDispatchContext>((context, next) => See("dispatch", context.Operations.Single().Properties, next));

            Task See(string stage, DispatchProperties properties, Func<Task> next)
            {
                if (properties.TryGetValue("priority", out var priority)) seen.Add($"{stage} {priority}");
                return next();
            }
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["Billing"], Cancellation);

        await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);

        await Take(transport, "Billing", 1);
        CollectionAssert.AreEqual(new[] { "routing 7", "routing 7", "batch 7", "dispatch 7" }, seen);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_last_stages_may_send_copies_elsewhere_or_keep_messages_back()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskHandler>();
            sales.Do<IRoutingContext>((context, next) =>
            {
                if (context.Message.Headers[Headers.MessageIntent] == "Reply") context.RoutingStrategies = [new UnicastRoutingStrategy("One"), new UnicastRoutingStrategy("Two")];
                return next();
            });
            sales.Do<IDispatchContext>((context, next) => context.Operations.Any(operation => operation.AddressTag is UnicastAddressTag { Destination: var destination } && destination == Bus.Address("Nowhere")) ? Task.CompletedTask : next());
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["One", "Two"], Cancellation);

        await scenario.Session("Sales").Send("Nowhere", new AskCommand("kept back"), Cancellation);
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var (one, two) = ((await Take(transport, "One", 1)).Single(), (await Take(transport, "Two", 1)).Single());
        Assert.AreEqual(one.Headers[Headers.MessageId], two.Headers[Headers.MessageId]);
        Assert.AreEqual("answer to x", Encoding.UTF8.GetString(one.Body.Span)[9..^2]);
    }

    sealed class NoAudit : AuditAction
    {
        public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IAuditActionContext context) => [];
    }

    sealed class SpecialAudit : RouteToAudit
    {
        public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IAuditActionContext context)
        {
            var copies = base.GetRoutingContexts(context);
            foreach (var copy in copies) copy.RoutingStrategies = [new UnicastRoutingStrategy("special-audit")];
            return copies;
        }
    }

    sealed class WithoutBody(string errorQueue) : MoveToError(errorQueue)
    {
        public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IRecoverabilityActionContext context)
        {
            var copies = base.GetRoutingContexts(context);
            foreach (var copy in copies) copy.Message.UpdateBody(ReadOnlyMemory<byte>.Empty);
            return copies;
        }
    }
}

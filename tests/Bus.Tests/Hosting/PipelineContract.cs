using System.Text;
using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.MessageMutator;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What behaviors see and may do around the handling of messages, on every transport and store. Derive one class for each pair.</summary>
public abstract class PipelineContract(TestContext test) : BusContract(test)
{
    Notes? _notes;

    [Scenario(61)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_passes_all_stages_in_their_order()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskHandler>();
            sales.AuditProcessedMessagesTo("audit");
            NoteEveryStage(sales);
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["Client"], Cancellation);
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.RouteReplyTo("Client");

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);

        var passed = await scenario.Notes.Until<string>(17, Cancellation);
        await Settled("Sales");
        CollectionAssert.AreEqual(
            new[]
            {
                "send", "outgoing message", "outgoing body", "routing", "dispatch",
                "receive", "body", "message", "handler", "reply", "outgoing message", "outgoing body", "routing", "audit", "routing", "batch", "dispatch",
            },
            passed.ToList());
        Assert.HasCount(17, scenario.Notes.Of<string>());
    }

    [Scenario(61)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Events_subscriptions_and_failures_have_stages_of_their_own()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<OrderedHandler>();
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().AddUnrecoverableException<InvalidOperationException>();
            sales.Note<ISubscribeContext>("subscribe");
            sales.Note<IUnsubscribeContext>("unsubscribe");
            sales.Note<IOutgoingPublishContext>("publish");
            sales.Note<IRecoverabilityContext>("failure");
            sales.Note<IRoutingContext>("routing");
            sales.Note<IDispatchContext>("dispatch");
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Parked();
        await scenario.Session("Sales").Unsubscribe<OrderedEvent>(Cancellation);
        await scenario.Session("Sales").Publish(new OrderedEvent("1"), Cancellation);

        CollectionAssert.AreEqual(new[] { "subscribe", "routing", "dispatch", "failure", "routing", "dispatch", "unsubscribe", "publish", "routing", "dispatch" }, scenario.Notes.Of<string>().ToList());
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sales").Subscribe<AskCommand>(Cancellation));
    }

    [Scenario(61)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Within_a_stage_behaviors_run_as_registered_unless_they_ask_for_another_place()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.RegisterMessageMutator(new AskBecomesAnswer());
            sales.Note<IIncomingLogicalMessageContext>("inside the mutator", step => step.InsertAfter("MutateIncomingMessages"));
            sales.Note<IIncomingLogicalMessageContext>("first");
            sales.Note<IIncomingLogicalMessageContext>("second");
            sales.Note<IIncomingLogicalMessageContext>("before first", step =>
            {
                step.InsertBefore("first");
                step.InsertAfterIfExists("nowhere");
            });
            sales.Pipeline.Replace("second", new Doing<IIncomingLogicalMessageContext>((context, next) =>
            {
                _notes!.Write($"instead of second, with {context.Message.MessageType.Name}");
                return next();
            }));
            sales.Pipeline.RegisterOrReplace("third", new Doing<IIncomingLogicalMessageContext>((_, next) => next()));
            sales.Pipeline.RegisterOrReplace("third", new Doing<IIncomingLogicalMessageContext>((_, next) =>
            {
                _notes!.Write("third");
                return next();
            }));
        }
        ));
        _notes = scenario.Notes;

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        CollectionAssert.AreEqual(new[] { "before first", "first", "instead of second, with AskCommand", "third", "inside the mutator" }, scenario.Notes.Of<string>().ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task One_object_serves_all_messages_and_gets_what_it_needs_from_the_host()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.MakeInstanceUniquelyAddressable("1");
            sales.Pipeline.Register<MadeOnce>("notes that it was made");
        }
        ));

        for (var n = 0; n < 5; n++) await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(5, Cancellation);
        Assert.AreEqual("made", scenario.Notes.Of<string>().Single());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("receive"), DataRow("body"), DataRow("message"), DataRow("handler")]
    public async Task A_message_that_a_behavior_keeps_is_done_with(string stage)
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Do<ITransportReceiveContext>((context, next) => stage == "receive" && context.Message.Headers[Headers.EnclosedMessageTypes].Contains(nameof(FailCommand), StringComparison.Ordinal) ? Task.CompletedTask : next());
            sales.Do<IIncomingPhysicalMessageContext>((_, next) => stage == "body" ? Task.CompletedTask : next());
            sales.Do<IIncomingLogicalMessageContext>((_, next) => stage == "message" ? Task.CompletedTask : next());
            sales.Do<IInvokeHandlerContext>((_, next) => stage == "handler" ? Task.CompletedTask : next());
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);

        await Settled("Sales");
        Assert.IsEmpty(scenario.Notes.Of<FailCommand>());
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [Scenario(67)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_behavior_that_fails_fails_the_message_and_what_it_did_to_the_headers_is_forgotten()
    {
        var attempts = 0;
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Recoverability().AddUnrecoverableException<FormatException>();
            sales.Do<ITransportReceiveContext>((context, next) =>
            {
                if (context.Message.Headers.ContainsKey("attempted")) throw new FormatException("The header of an earlier attempt is still there.");
                context.Message.Headers["attempted"] = "yes";
                return next();
            });
            sales.Do<IIncomingLogicalMessageContext>(async (_, next) =>
            {
                await next();
                if (Interlocked.Increment(ref attempts) < 3) throw new TimeoutException("not yet");
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(3, Cancellation);
        await Settled("Sales");
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"), "The last attempt succeeds: it finds no header of those before.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_behavior_that_fails_when_the_message_is_committed_is_told_of_and_the_message_is_not_handled_again()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Do<ITransportReceiveContext>(async (_, next) =>
            {
                await next();
                throw new TimeoutException("too late");
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("Sales");
        await scenario.Stop(Cancellation);
        Assert.ContainsSingle(scenario.Notes.Of<AnswerMessage>());
        Assert.ContainsSingle(scenario.Notes.Of<Logged>().Where(line => line.Level >= LogLevel.Warning));
        await using var transport = Open();
        await transport.CreateQueues(["error"], Cancellation);
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Behaviors_change_what_handlers_see_and_what_leaves()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Do<IOutgoingLogicalMessageContext>((context, next) =>
            {
                context.UpdateMessage(new AskCommand("to be changed"));
                context.Headers["out"] = context.RoutingStrategies.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
                return next();
            });
            sales.Do<IOutgoingPhysicalMessageContext>((context, next) =>
            {
                context.UpdateMessage(Replace(context.Body, "to be changed", "changed"));
                return next();
            });
            sales.Do<IIncomingPhysicalMessageContext>((context, next) =>
            {
                context.UpdateMessage(Replace(context.Message.Body, "changed", "changed twice"));
                return next();
            });
            sales.Do<IIncomingLogicalMessageContext>((context, next) =>
            {
                context.UpdateMessageInstance(new AnswerMessage(((AskCommand)context.Message.Instance).Text));
                return next();
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);

        Assert.AreEqual("changed twice", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        Assert.AreEqual("1", scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single()["out"]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_behaviors_store_is_found_further_in_and_by_what_handlers_send()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.Do<ITransportReceiveContext>((context, next) =>
            {
                context.Extensions.Set("from", context.Message.Headers[Headers.MessageIntent]);
                return next();
            });
            sales.Do<IIncomingLogicalMessageContext>(async (context, next) =>
            {
                context.Extensions.Set("tenant", "blue");
                await next();
                Assert.IsFalse(context.Extensions.TryGet<string>("handler", out var none), $"What an inner stage stored stays there: {none}");
            });
            sales.Do<IInvokeHandlerContext>((context, next) =>
            {
                context.Extensions.Set("handler", context.MessageHandler.HandlerType.Name);
                return next();
            });
            sales.Do<IOutgoingReplyContext>((context, next) =>
            {
                Assert.IsTrue(context.TryGetIncomingPhysicalMessage(out var incoming));
                context.Headers["seen"] = $"{context.Extensions.Get<string>("from")} {context.Extensions.Get<string>("tenant")} {context.Extensions.Get<string>("handler")} {incoming.Headers[Headers.MessageIntent]}";
                return next();
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        Assert.AreEqual("Send blue AskHandler Send", scenario.Notes.Of<IReadOnlyDictionary<string, string>>()[1]["seen"]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_handler_stores_is_not_found_by_the_next()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<StoringHandler>();
            sales.AddHandler<StoringAgainHandler>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);

        CollectionAssert.AreEqual(new[] { "StoringHandler found none", "StoringAgainHandler found none" }, (await scenario.Notes.Until<string>(2, Cancellation)).ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Sagas_are_found_between_behaviors_and_called_inside_them()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddSaga<Counter>();
            sales.Do<IInvokeHandlerContext>((context, next) =>
            {
                Assert.IsNull(((Saga)context.MessageHandler.Instance!).Entity);
                return next();
            });
            sales.Pipeline.Register(new PlacedStep("inside", typeof(Doing<IInvokeHandlerContext>), _ => new Doing<IInvokeHandlerContext>(async (context, next) =>
            {
                await next();
                _notes!.Write($"{context.MessageMetadata.MessageType.Name} {((Counter)context.MessageHandler.Instance!).Data.Name}");
            }), step => step.InsertAfter("InvokeSaga")));
        }
        ));
        _notes = scenario.Notes;

        await scenario.Session("Sales").SendLocal(new BeginCommand("7"), Cancellation);

        Assert.AreEqual("BeginCommand 7", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_behavior_may_say_that_a_message_needs_no_handler()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Do<IIncomingLogicalMessageContext>((context, next) =>
            {
                context.MessageHandled = true;
                return next();
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        await Settled("Sales");
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [Scenario(72)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Successes_are_told_with_their_times_and_failures_are_not()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<SendAndFailOnceHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.Pipeline.OnReceivePipelineCompleted((_, _) => throw new InvalidOperationException("A listener that fails harms nobody."));
            sales.Pipeline.OnReceivePipelineCompleted((completed, _) =>
            {
                _notes?.Write(completed);
                return Task.CompletedTask;
            });
        }
        ));
        _notes = scenario.Notes;

        await scenario.Session("Sales").SendLocal(new FailOnceCommand(), Cancellation);

        var told = await scenario.Notes.Until<ReceivePipelineCompleted>(2, Cancellation);
        Assert.HasCount(2, scenario.Notes.Of<FailOnceCommand>());
        Assert.AreEqual(1, told.Count(each => each.ProcessedMessage.Headers[Headers.EnclosedMessageTypes].Contains(nameof(FailOnceCommand), StringComparison.Ordinal)));
        foreach (var each in told) Assert.IsGreaterThanOrEqualTo(each.StartedAt, each.CompletedAt);
        Assert.AreEqual(1, told.Count(each => Encoding.UTF8.GetString(each.ProcessedMessage.Body.Span).Contains("attempt 2", StringComparison.Ordinal)));
    }

    static byte[] Replace(ReadOnlyMemory<byte> body, string text, string by) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span).Replace(text, by, StringComparison.Ordinal));

    static void NoteEveryStage(EndpointConfiguration endpoint)
    {
        endpoint.Note<ITransportReceiveContext>("receive");
        endpoint.Note<IIncomingPhysicalMessageContext>("body");
        endpoint.Note<IIncomingLogicalMessageContext>("message");
        endpoint.Note<IInvokeHandlerContext>("handler");
        endpoint.Note<IOutgoingSendContext>("send");
        endpoint.Note<IOutgoingReplyContext>("reply");
        endpoint.Note<IOutgoingLogicalMessageContext>("outgoing message");
        endpoint.Note<IOutgoingPhysicalMessageContext>("outgoing body");
        endpoint.Note<IRoutingContext>("routing");
        endpoint.Note<IAuditContext>("audit");
        endpoint.Note<IBatchDispatchContext>("batch");
        endpoint.Note<IDispatchContext>("dispatch");
    }

    class StoringHandler(Notes notes) : IHandleMessages<AnswerMessage>
    {
        public Task Handle(AnswerMessage message, IMessageHandlerContext context)
        {
            notes.Write($"{GetType().Name} found {(context.Extensions.TryGet<string>("stored", out var stored) ? stored : "none")}");
            context.Extensions.Set("stored", "something");
            return Task.CompletedTask;
        }
    }

    sealed class StoringAgainHandler(Notes notes) : StoringHandler(notes);

    sealed class MadeOnce : Behavior<IIncomingPhysicalMessageContext>
    {
        public MadeOnce(Notes notes) => notes.Write("made");

        public override Task Invoke(IIncomingPhysicalMessageContext context, Func<Task> next) => next();
    }

    sealed class AskBecomesAnswer : IMutateIncomingMessages
    {
        public Task MutateIncoming(MutateIncomingMessageContext context)
        {
            if (context.Message is AskCommand ask) context.Message = new AnswerMessage(ask.Text);
            return Task.CompletedTask;
        }
    }
}

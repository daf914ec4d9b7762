using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Wire;

/// <summary>Headers of what is sent, published and replied: the names that NServiceBus 10.2.8 was seen to write, and no others, on every transport and store. Derive one class for each pair.</summary>
public abstract class HeaderContract(TestContext test) : BusContract(test)
{
    static readonly string[] Always =
    [
        Headers.MessageId, Headers.MessageIntent, Headers.ConversationId, Headers.CorrelationId, Headers.ReplyToAddress, Headers.OriginatingMachine, Headers.OriginatingEndpoint,
        Headers.OriginatingHostId, Headers.ContentType, Headers.EnclosedMessageTypes, Headers.NServiceBusVersion, Headers.TimeSent,
    ];

    static readonly string[] Sent = [.. Always, Headers.StartNewTrace];

    static readonly string[] InHandler = [.. Sent, Headers.RelatedTo];

    static readonly string[] InSaga = [.. InHandler, Headers.OriginatingSagaId, Headers.OriginatingSagaType];

    [Scenario(30, 45)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_command_and_an_event_from_outside_a_handler_carry_the_standard_headers()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Sales", sales => sales.Hear<OrderedEvent>());

        await scenario.Session("Sales").Send("Elsewhere", new AskCommand("x"), Cancellation);
        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), Cancellation);

        var command = (await Next("Elsewhere")).Headers;
        command.AreExactly(Sent);
        Assert.AreEqual("Send", command[Headers.MessageIntent]);
        Assert.AreEqual(command[Headers.MessageId], command[Headers.CorrelationId]);
        Assert.AreEqual(typeof(AskCommand).AssemblyQualifiedName, command[Headers.EnclosedMessageTypes]);
        var published = (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Headers;
        published.AreExactly(Sent);
        Assert.AreEqual("Publish", published[Headers.MessageIntent]);
        Assert.AreEqual("True", published[Headers.StartNewTrace]);
        Assert.AreEqual($"{typeof(OrderedEvent).AssemblyQualifiedName};{typeof(HappenedEvent).AssemblyQualifiedName}", published[Headers.EnclosedMessageTypes]);
    }

    [Scenario(30, 33, 37)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_saga_and_its_partners_send_carries_the_standard_headers_and_the_saga()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start(("Sagas", Sagas), ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));

        await scenario.Session("Sagas").SendLocal(new BeginCommand("a"), Cancellation);

        var begun = (await Next("Elsewhere")).Headers;
        begun.AreExactly(InSaga);
        var heard = await scenario.Notes.Until<Arrived>(3, Cancellation);
        var (asked, happened, rang) = (Of("Send", timeout: false), Of("Publish", timeout: false), Of("Send", timeout: true));
        asked.AreExactly(InSaga);
        happened.AreExactly(InSaga);
        rang.AreExactly([.. InSaga, Headers.SagaId, Headers.SagaType, Headers.IsSagaTimeoutMessage, Headers.DeliverAt, PendingTimeout.Header]);
        Assert.AreEqual(rang[Headers.OriginatingSagaId], rang[Headers.SagaId]);
        var answered = Of("Reply", timeout: false);
        answered.AreExactly([.. Always, Headers.RelatedTo, Headers.SagaId, Headers.SagaType]);
        Assert.AreEqual(asked[Headers.OriginatingSagaId], answered[Headers.SagaId]);
        Assert.AreEqual(asked[Headers.OriginatingSagaType], answered[Headers.SagaType]);
        Assert.AreEqual(asked[Headers.MessageId], answered[Headers.RelatedTo]);
        Assert.HasCount(1, heard.Select(each => each.Headers[Headers.ConversationId]).Distinct().ToList());
        Assert.HasCount(1, heard.Select(each => each.Headers[Headers.CorrelationId]).Distinct().ToList());

        IReadOnlyDictionary<string, string> Of(string intent, bool timeout) => scenario.Notes.Of<Arrived>().Select(each => each.Headers).Concat(scenario.Notes.Of<IReadOnlyDictionary<string, string>>())
            .Single(headers => headers[Headers.MessageIntent] == intent && headers.ContainsKey(Headers.IsSagaTimeoutMessage) == timeout);

        static void Sagas(EndpointConfiguration sagas, RoutingSettings routing)
        {
            sagas.AddSaga<Talkative>();
            sagas.Hear<HappenedEvent>();
            routing.RouteToEndpoint(typeof(AskCommand), "Billing");
        }
    }

    [Scenario(30, 82)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_delayed_command_says_when_it_is_due_and_a_perishable_one_how_long_it_keeps()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Sales", _ => { });
        var options = new SendOptions();
        options.SetDestination("Elsewhere");
        options.DelayDeliveryWith(TimeSpan.FromMilliseconds(10));

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);
        (await Next("Elsewhere")).Headers.AreExactly([.. Sent, Headers.DeliverAt]);
        await scenario.Session("Sales").Send("Elsewhere", new PerishableCommand(), Cancellation);

        var perishable = (await Next("Elsewhere")).Headers;
        perishable.AreExactly([.. Sent, Headers.TimeToBeReceived]);
        Assert.AreEqual("01:00:00", perishable[Headers.TimeToBeReceived]);
    }

    [Scenario(31)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_id_of_ones_own_is_the_message_s_id()
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetMessageId("order/A-1");

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);

        var heard = (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single();
        Assert.AreEqual("order/A-1", heard.MessageId);
        Assert.AreEqual("order/A-1", heard.Headers[Headers.MessageId]);
        Assert.AreEqual("order/A-1", heard.Headers[Headers.CorrelationId]);
    }

    [Scenario(38)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_header_of_ones_own_arrives_whatever_its_characters()
    {
        const string Odd = "Жё ü 漢字 😀 \"quoted\" 'it' a/b \\ line\nline\r\n\ttab";
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader("my.Header Ж", Odd);

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);

        Assert.AreEqual(Odd, (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Headers["my.Header Ж"]);
    }

    [Scenario(39)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Headers_of_an_endpoint_are_on_everything_that_it_sends_whatever_the_message_says()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AddHeaderToAllOutgoingMessages("tenant", "north");
            sales.AddHandler<AskHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.Hear<OrderedEvent>();
        });
        var options = new PublishOptions();
        options.SetHeader("tenant", "south");

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);
        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), options, Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        var seen = scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Append((await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Headers).ToList();
        Assert.HasCount(3, seen);
        foreach (var headers in seen) Assert.AreEqual("north", headers["tenant"]);
    }

    [Scenario(40)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Sender_and_processor_name_their_machine_endpoint_and_host()
    {
        var (sender, processor) = (Guid.NewGuid(), Guid.NewGuid());
        await using var scenario = await Start(("Sales", (sales, _) => sales.UniquelyIdentifyRunningInstance().UsingCustomIdentifier(sender).UsingHostName("shop-1")), ("Billing", Billing));

        await scenario.Session("Sales").Send("Billing", new AskCommand("x"), Cancellation);
        await scenario.Session("Sales").Send("Billing", new FailCommand("x"), Cancellation);

        foreach (var copy in new[] { (await Next("audit")).Headers, (await Next("error")).Headers })
        {
            Assert.AreEqual("shop-1", copy[Headers.OriginatingMachine]);
            Assert.AreEqual("Sales", copy[Headers.OriginatingEndpoint]);
            Assert.AreEqual(sender.ToString("N"), copy[Headers.OriginatingHostId]);
            Assert.AreEqual("Billing", copy[Headers.ProcessingEndpoint]);
            Assert.AreEqual(Environment.MachineName, copy[Headers.ProcessingMachine]);
            Assert.AreEqual(processor.ToString("N"), copy[Headers.HostId]);
            Assert.AreEqual("billing one", copy[Headers.HostDisplayName]);
        }

        void Billing(EndpointConfiguration billing, RoutingSettings _)
        {
            billing.UniquelyIdentifyRunningInstance().UsingCustomIdentifier(processor).UsingCustomDisplayName("billing one");
            billing.AuditProcessedMessagesTo("audit");
            billing.Hear<AskCommand>();
            billing.AddHandler<AlwaysFailHandler>();
        }
    }

    [Scenario(42)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public virtual async Task A_message_without_an_id_goes_by_the_transport_s()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AuditProcessedMessagesTo("audit");
            sales.On<AskCommand>(async (_, context, notes) =>
            {
                notes.Write(new Arrived("", context.MessageId, context.MessageHeaders));
                await context.SendLocal(new AnswerMessage("x"));
            });
            sales.Hear<AnswerMessage>();
        });
        var headers = HeadersOf<AskCommand>("");
        headers.Remove(Headers.MessageId);

        await Inject("Sales", headers, """{"Text":"x"}""");

        var heard = await scenario.Notes.Until<Arrived>(2, Cancellation);
        Assert.IsNotEmpty(heard[0].MessageId);
        Assert.AreEqual(heard[0].MessageId, heard[0].Headers[Headers.MessageId]);
        Assert.AreEqual(heard[0].MessageId, heard[1].Headers[Headers.RelatedTo]);
        Assert.AreEqual(heard[0].MessageId, heard[1].Headers[Headers.CorrelationId]);
        await Settled("Sales");
        Assert.Contains(heard[0].MessageId, new[] { await Next("audit"), await Next("audit") }.Select(copy => copy.Headers[Headers.MessageId]));
    }

    [TimeToBeReceived("01:00:00")]
    sealed record PerishableCommand;

    /// <summary>Sends all that a saga can send.</summary>
    sealed class Talkative(Notes notes) : Saga<Talkative.State>, IAmStartedByMessages<BeginCommand>, IHandleMessages<AnswerMessage>, IHandleTimeouts<Talkative.Ring>
    {
        public async Task Handle(BeginCommand message, IMessageHandlerContext context)
        {
            await context.Send("Elsewhere", new AnswerMessage("begun"));
            await context.Send(new AskCommand("how much?"));
            await context.Publish(new HappenedEvent("begun"));
            await RequestTimeout<Ring>(context, TimeSpan.FromMilliseconds(10));
        }

        public Task Handle(AnswerMessage message, IMessageHandlerContext context) => Note(message, context);

        public Task Timeout(Ring state, IMessageHandlerContext context) => Note(state, context);

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<BeginCommand>(message => message.Id);

        Task Note(object message, IMessageHandlerContext context)
        {
            notes.Write(new Arrived(message, context.MessageId, context.MessageHeaders));
            return Task.CompletedTask;
        }

        internal sealed class State : ContainSagaData
        {
            public string Name { get; set; } = "";
        }

        internal sealed record Ring;
    }
}

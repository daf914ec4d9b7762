using System.Text;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Where messages and replies go, on every transport and store. Derive one class for each pair.</summary>
public abstract class SendingContract(TestContext test) : BusContract(test)
{
    [Scenario(3)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_destination_given_with_the_message_wins_over_the_route()
    {
        await using var scenario = await Start(("Sales", (_, routing) => routing.RouteToEndpoint(typeof(AskCommand), "Billing")), ("Shipping", (shipping, _) => shipping.Hear<AskCommand>()));

        await scenario.Session("Sales").Send("Shipping", new AskCommand("x"), Cancellation);

        Assert.AreEqual(new AskCommand("x"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);
    }

    [Scenario(6)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task There_is_no_reply_to_a_message_without_a_reply_address()
    {
        await using var scenario = await Start(("Sender", (sender, _) => sender.SendOnly()), ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));

        await scenario.Session("Sender").Send("Billing", new AskCommand("x"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], Headers.ReplyToAddress);
    }

    [Scenario(7)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Replies_go_where_the_message_says_or_else_its_endpoint()
    {
        await CreateQueues("Public", "Elsewhere");
        await using var scenario = await Start(("Sales", (sales, _) => sales.OverridePublicReturnAddress("Public")), ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));
        var options = new SendOptions();
        options.SetDestination("Billing");
        options.RouteReplyTo("Elsewhere");

        await scenario.Session("Sales").Send("Billing", new AskCommand("to the public address"), Cancellation);
        await scenario.Session("Sales").Send(new AskCommand("elsewhere"), options, Cancellation);

        StringAssert.Contains(TextOf(await Next("Public")), "answer to to the public address");
        StringAssert.Contains(TextOf(await Next("Elsewhere")), "answer to elsewhere");
    }

    [Scenario(7)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_reply_says_where_it_goes_and_where_the_answer_to_it_goes()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Billing", billing => billing.On<AskCommand>((ask, context, _) =>
        {
            var options = new ReplyOptions();
            options.SetDestination("Elsewhere");
            options.RouteReplyTo("Desk");
            return context.Reply(new AnswerMessage(ask.Text), options);
        }));

        await scenario.Session("Billing").SendLocal(new AskCommand("x"), Cancellation);

        Assert.AreEqual(Bus.Address("Desk"), (await Next("Elsewhere")).Headers[Headers.ReplyToAddress]);
    }

    [Scenario(22, 44)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Records_and_structs_travel()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AnswerMessage>();
            sales.Hear<PriceMessage>();
        });

        await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);
        await scenario.Session("Sales").SendLocal(new PriceMessage(12.50m, "EUR"), Cancellation);

        var heard = (await scenario.Notes.Until<Arrived>(2, Cancellation)).Select(each => each.Message).ToList();
        CollectionAssert.AreEquivalent(new object[] { new AnswerMessage("x"), new PriceMessage(12.50m, "EUR") }, heard);
    }

    [Scenario(24, 25)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_instance_with_a_queue_of_its_own_gives_the_shared_one_for_replies()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Sales", sales =>
        {
            sales.MakeInstanceUniquelyAddressable("one");
            sales.Hear<AskCommand>();
        });
        var toItself = new SendOptions();
        toItself.RouteToThisInstance();

        await scenario.Session("Sales").Send("Elsewhere", new AskCommand("x"), Cancellation);
        await scenario.Session("Sales").Send(new AskCommand("x"), toItself, Cancellation);

        await using var transport = Open();
        Assert.AreEqual(transport.Address("Sales"), (await Next("Elsewhere")).Headers[Headers.ReplyToAddress]);
        Assert.AreEqual(transport.Address("Sales"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Headers[Headers.ReplyToAddress]);
    }

    [Scenario(29)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(true, DisplayName = "a command"), DataRow(false, DisplayName = "an event")]
    public async Task A_command_or_event_is_no_reply(bool command)
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.On<AskCommand>((_, context, _) => context.Reply(command ? new FailCommand("x") : new OrderedEvent("x")));
            sales.Recoverability().AddUnrecoverableException<InvalidOperationException>();
        });

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "can't be a reply");
    }

    [Scenario(29)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(true, DisplayName = "for the endpoint"), DataRow(false, DisplayName = "for the message")]
    public async Task Who_switches_the_rules_off_may_send_events_and_reply_with_commands(bool endpoint)
    {
        await using var scenario = await Start(("Sales", Sales));
        var send = new SendOptions();
        send.RouteToThisEndpoint();
        if (!endpoint) send.DoNotEnforceBestPractices();
        var publish = new PublishOptions();
        if (!endpoint) publish.DoNotEnforceBestPractices();

        await scenario.Session("Sales").Send(new OrderedEvent("sent"), send, Cancellation);
        await scenario.Session("Sales").Publish(new WaitCommand(), publish, Cancellation);
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        CollectionAssert.AreEquivalent(new object[] { new OrderedEvent("sent"), new FailCommand("replied") }, (await scenario.Notes.Until<Arrived>(2, Cancellation)).Select(each => each.Message).ToList());

        void Sales(EndpointConfiguration sales, RoutingSettings routing)
        {
            if (endpoint) routing.DoNotEnforceBestPractices();
            sales.Hear<OrderedEvent>();
            sales.Hear<FailCommand>();
            sales.On<AskCommand>((_, context, _) =>
            {
                var reply = new ReplyOptions();
                if (!endpoint) reply.DoNotEnforceBestPractices();
                return context.Reply(new FailCommand("replied"), reply);
            });
        }
    }

    [Scenario(68)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_forwarded_message_is_the_same_message_and_leaves_only_if_its_handling_succeeds()
    {
        await CreateQueues("Copies");
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>(async (_, context, notes) =>
        {
            notes.Write("tried");
            await context.ForwardCurrentMessageTo("Copies");
            if (notes.Of<string>().Count == 1) throw new InvalidOperationException("only the first time");
        }));
        var headers = HeadersOf<AskCommand>("ask-1");
        headers["own"] = "a/b";

        await Inject("Sales", headers, """{"Text" : "as it was written"}""");
        var copy = await Next("Copies");
        await Settled("Sales");

        Assert.AreEqual("""{"Text" : "as it was written"}""", TextOf(copy));
        foreach (var (key, value) in headers) Assert.AreEqual(value, copy.Headers[key]);
        Assert.AreEqual(0, await Waiting("Copies"), "The attempt that failed forwarded nothing.");
    }

    [Scenario(27)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Sending_to_a_queue_that_is_not_there_fails_and_names_it()
    {
        await using var scenario = await Start("Sales", _ => { });

        var failure = await Assert.ThrowsExactlyAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => scenario.Session("Sales").Send("Nowhere", new AskCommand("x"), Cancellation));

        Assert.AreEqual("Nowhere", failure.Queue);
    }

    static string TextOf(Dovetail.Bus.Transport.ReceivedMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    readonly record struct PriceMessage(decimal Amount, string Currency);
}

using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What can be configured about an endpoint, on every transport and store. Derive one class for each pair.</summary>
public abstract class ConfigurationContract(TestContext test) : BusContract(test)
{
    [Scenario(24)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_instance_can_be_addressed_by_itself_and_asks_for_replies_to_itself()
    {
        await using var scenario = await Start(
            ("Sales", (sales, routing) =>
            {
                sales.MakeInstanceUniquelyAddressable("one");
                sales.AddHandler<AnswerHandler>();
                routing.RouteToEndpoint(typeof(AskCommand), "Billing");
            }
        ),
            ("Billing", (billing, routing) =>
            {
                billing.AddHandler<AskHandler>();
                routing.RouteToEndpoint(typeof(AnswerMessage), "Sales");
            }
        ));
        var toInstance = new SendOptions();
        toInstance.RouteToSpecificInstance("one");
        await scenario.Session("Billing").Send(new AnswerMessage("to you alone"), toInstance, Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);

        var replyToInstance = new SendOptions();
        replyToInstance.RouteReplyToThisInstance();
        await scenario.Session("Sales").Send(new AskCommand("x"), replyToInstance, Cancellation);

        await scenario.Notes.Until<AnswerMessage>(2, Cancellation);
        StringAssert.EndsWith(scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single(headers => headers[Headers.MessageIntent] == "Send" && headers[Headers.OriginatingEndpoint] == "Sales")[Headers.ReplyToAddress].TrimEnd('"'), "one");
    }

    [Scenario(8, 206)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_send_only_endpoint_sends_without_a_queue_of_its_own_and_without_a_reply_address()
    {
        await using var scenario = await Start(
            ("Sender", (sender, routing) =>
            {
                sender.SendOnly();
                routing.RouteToEndpoint(typeof(AnswerMessage), "Sales");
            }
        ),
            ("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));

        await scenario.Session("Sender").Send(new AnswerMessage("x"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        Assert.IsFalse(scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single().ContainsKey(Headers.ReplyToAddress));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sender").SendLocal(new AnswerMessage("x"), Cancellation));
        await Assert.ThrowsExactlyAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => scenario.Session("Sales").Send("Sender", new AnswerMessage("x"), Cancellation));
    }

    [Scenario(23)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_type_s_own_route_wins_over_its_namespace_s_and_that_over_its_assembly_s()
    {
        await using var scenario = await Start(
            ("Sales", (_, routing) =>
            {
                routing.RouteToEndpoint(typeof(AskCommand).Assembly, "ByAssembly");
                routing.RouteToEndpoint(typeof(AskCommand).Assembly, typeof(AskCommand).Namespace!, "ByNamespace");
                routing.RouteToEndpoint(typeof(AskCommand), "ByType");
            }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["ByType", "ByNamespace"], Cancellation);

        await scenario.Session("Sales").Send(new AskCommand("x"), Cancellation);
        await scenario.Session("Sales").Send(new FailCommand("x"), Cancellation);

        StringAssert.Contains((await Take(transport, "ByType", 1)).Single().Headers[Headers.EnclosedMessageTypes], nameof(AskCommand));
        StringAssert.Contains((await Take(transport, "ByNamespace", 1)).Single().Headers[Headers.EnclosedMessageTypes], nameof(FailCommand));
    }

    [Scenario(4, 28)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_cannot_be_sent_is_refused_where_it_is_sent_and_the_text_says_how_to_mend_it()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }));
        var session = scenario.Session("Sales");

        await Refused(() => session.Send(new AskCommand("x"), Cancellation), "No destination specified for message", nameof(AskCommand));
        await Refused(() => session.SendLocal(new HappenedEvent("x"), Cancellation), "publish it");
        await Refused(() => session.Publish(new AskCommand("x"), Cancellation), "send it");
        await Refused(() => session.Subscribe<AskCommand>(Cancellation), "Subscribe to an event");

        static async Task Refused(Func<Task> send, params string[] says)
        {
            var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(send);
            foreach (var text in says) StringAssert.Contains(failure.Message, text);
        }
    }

    [Scenario(36)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Conversations_can_be_named_and_left()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.CustomConversationIdStrategy(context => ConversationId.Custom($"about {((AnswerMessage)context.Message.Instance).Text}"));
        }
        ));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.StartNewConversation("mine");

        await scenario.Session("Sales").SendLocal(new AnswerMessage("tea"), Cancellation);
        await scenario.Session("Sales").Send(new AnswerMessage("coffee"), options, Cancellation);

        await scenario.Notes.Until<AnswerMessage>(2, Cancellation);
        CollectionAssert.AreEquivalent(new[] { "about tea", "mine" }, scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Select(headers => headers[Headers.ConversationId]).ToList());
    }

    [Scenario(82)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task How_long_a_message_is_worth_receiving_may_follow_a_convention()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.Conventions().DefiningTimeToBeReceivedAs(type => type == typeof(AskCommand) ? TimeSpan.FromMinutes(1) : TimeSpan.MaxValue)));
        await using var transport = Open();
        await transport.CreateQueues(["Elsewhere"], Cancellation);

        await scenario.Session("Sales").Send("Elsewhere", new AskCommand("x"), Cancellation);

        Assert.AreEqual("00:01:00", (await Take(transport, "Elsewhere", 1)).Single().Headers[Headers.TimeToBeReceived]);
        var delayed = new SendOptions();
        delayed.SetDestination("Elsewhere");
        delayed.DelayDeliveryWith(TimeSpan.FromMinutes(1));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sales").Send(new AskCommand("x"), delayed, Cancellation));
    }

    [Scenario(16, 17)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Events_are_subscribed_to_by_having_a_handler_unless_that_is_switched_off()
    {
        await using var scenario = await Start(
            ("Sales", (_, _) => { }
        ),
            ("Billing", (billing, _) =>
            {
                billing.AddHandler<OrderedHandler>();
                billing.AutoSubscribe().DisableFor<OrderedEvent>();
            }
        ));
        await scenario.Session("Sales").Publish(new OrderedEvent("unheard"), Cancellation);
        await scenario.Session("Billing").Subscribe<OrderedEvent>(Cancellation);
        await scenario.Session("Sales").Publish(new OrderedEvent("heard"), Cancellation);

        Assert.AreEqual("billing heard", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [Scenario(209, 216)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task No_more_messages_are_handled_at_once_than_allowed()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<WaitingHandler>();
            sales.LimitMessageProcessingConcurrencyTo(3);
        }
        ));
        for (var n = 0; n < 6; n++) await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);

        await scenario.Notes.Until<WaitCommand>(3, Cancellation);
        Assert.HasCount(3, scenario.Notes.Of<WaitCommand>());
        scenario.Notes.Gate("partner").SetResult();
        await scenario.Notes.Until<WaitCommand>(6, Cancellation);
    }

    [Scenario(202, 203)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_host_that_only_installs_creates_the_queues_and_stops()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var endpoint = new EndpointConfiguration("Sales");
        Bus.Use(endpoint);
        endpoint.UseSerialization<SystemJsonSerializer>();
        builder.Services.AddNServiceBusEndpoint(endpoint);
        builder.Services.AddNServiceBusInstallers();

        using (var host = builder.Build()) await host.RunAsync(Cancellation);

        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "Sales"));
    }

    [Scenario(204, 212, 213)]
    [TestMethod]
    public void A_host_refuses_endpoints_that_get_in_each_other_s_way()
    {
        var services = new ServiceCollection();
        services.AddNServiceBusEndpoint(Complete("Sales"), "Sales");

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => services.AddNServiceBusEndpoint(Complete("Billing"))).Message, "give both an identifier");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => services.AddNServiceBusEndpoint(Complete("Billing"), "Sales")).Message, "distinct one");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => services.AddNServiceBusEndpoint(new EndpointConfiguration("Billing"), "Billing")).Message, "UseTransport");
        var used = Complete("Billing");
        services.AddNServiceBusEndpoint(used, "Billing");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => services.AddNServiceBusEndpoint(used, "Billing 2")).Message, "new EndpointConfiguration");
    }

    EndpointConfiguration Complete(string name)
    {
        var endpoint = new EndpointConfiguration(name);
        Bus.Use(endpoint);
        endpoint.UseSerialization<SystemJsonSerializer>();
        return endpoint;
    }
}

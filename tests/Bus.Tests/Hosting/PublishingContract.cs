using Dovetail.Bus.Tests.Conformance;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Who hears of an event, on every transport and store. Derive one class for each pair.</summary>
public abstract class PublishingContract(TestContext test) : BusContract(test)
{
    [Scenario(9, 10)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_publisher_hears_its_own_event_only_if_it_subscribed()
    {
        await using var scenario = await Start(("Sales", Sales), ("Billing", (billing, _) => billing.AddHandler<OrderedHandler>()));

        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), Cancellation);

        Assert.AreEqual("billing A-1", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
        await Settled("Sales");
        await Settled("Billing");
        Assert.ContainsSingle(scenario.Notes.Of<string>());
        Assert.IsEmpty(scenario.Notes.Of<Arrived>());

        static void Sales(EndpointConfiguration sales, RoutingSettings _)
        {
            sales.Hear<OrderedEvent>();
            sales.AutoSubscribe().DisableFor<OrderedEvent>();
        }
    }

    [Scenario(12)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Who_subscribed_to_the_marker_or_to_object_hears_every_event()
    {
        await using var scenario = await Start("Billing", billing =>
        {
            billing.Conventions().DefiningEventsAs(type => type == typeof(Marked) || type == typeof(OrderedEvent));
            billing.Hear<object>();
        });
        await using var transport = Open();
        await scenario.Session("Billing").Subscribe<IEvent>(Cancellation);
        await scenario.Session("Billing").Publish(new Marked("by the marker"), Cancellation);
        Assert.AreEqual(new Marked("by the marker"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);

        await scenario.Session("Billing").Subscribe<object>(Cancellation);
        await scenario.Session("Billing").Publish(new OrderedEvent("by object"), Cancellation);

        Assert.AreEqual(new OrderedEvent("by object"), (await scenario.Notes.Until<Arrived>(2, Cancellation))[1].Message);
    }

    [Scenario(13, 60)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Who_subscribed_to_a_descendant_does_not_hear_its_parent()
    {
        await using var scenario = await Start("Billing", billing => billing.AddHandler<OrderedHandler>());

        await scenario.Session("Billing").Publish(new HappenedEvent("unheard"), Cancellation);
        await scenario.Session("Billing").Publish(new OrderedEvent("heard"), Cancellation);

        Assert.AreEqual("billing heard", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
        await Settled("Billing");
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(14, 60)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Two_handlers_of_an_endpoint_share_one_copy()
    {
        await using var scenario = await Start("Billing", billing =>
        {
            billing.AddHandler<OrderedHandler>();
            billing.AddHandler<AnythingHappenedHandler>();
            billing.AuditProcessedMessagesTo("audit");
        });

        await scenario.Session("Billing").Publish(new OrderedEvent("A-1"), Cancellation);

        CollectionAssert.AreEquivalent(new[] { "billing A-1", "shipping A-1" }, (await scenario.Notes.Until<string>(2, Cancellation)).ToList());
        await Settled("Billing");
        Assert.HasCount(2, scenario.Notes.Of<string>());
        Assert.AreEqual(1, await Waiting("audit"));
    }

    [Scenario(15)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task After_unsubscribing_nothing_comes_any_more()
    {
        await using var scenario = await Start("Billing", billing => billing.AddHandler<OrderedHandler>());
        await scenario.Session("Billing").Unsubscribe<OrderedEvent>(Cancellation);

        await scenario.Session("Billing").Publish(new OrderedEvent("unheard"), Cancellation);
        await Settled("Billing");
        await scenario.Session("Billing").Subscribe<OrderedEvent>(Cancellation);
        await scenario.Session("Billing").Publish(new OrderedEvent("heard"), Cancellation);

        Assert.AreEqual("billing heard", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [Scenario(17)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Sagas_can_be_left_out_of_automatic_subscription()
    {
        await using var scenario = await Start("Billing", billing =>
        {
            billing.AddSaga<Watching>();
            billing.AddHandler<OrderedHandler>();
            billing.AutoSubscribe().DoNotAutoSubscribeSagas();
        });

        await scenario.Session("Billing").Publish(new HappenedEvent("only the saga would hear this"), Cancellation);
        await Settled("Billing");
        Assert.IsEmpty(scenario.Notes.Of<string>());
        await scenario.Session("Billing").Publish(new OrderedEvent("A-1"), Cancellation);

        await scenario.Notes.Until<string>(2, Cancellation);
    }

    [Scenario(17)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Single_events_can_be_left_out_of_automatic_subscription()
    {
        await using var scenario = await Start("Billing", billing =>
        {
            billing.Hear<HappenedEvent>();
            billing.Hear<PaidEvent>();
            billing.AutoSubscribe().DisableFor<HappenedEvent>();
        });

        await scenario.Session("Billing").Publish(new HappenedEvent("unheard"), Cancellation);
        await scenario.Session("Billing").Publish(new PaidEvent(), Cancellation);

        Assert.AreEqual(new PaidEvent(), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);
        await Settled("Billing");
        Assert.ContainsSingle(scenario.Notes.Of<Arrived>());
    }

    [Scenario(18)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_that_nobody_wants_vanishes()
    {
        await using var scenario = await Start("Sales", _ => { });

        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), Cancellation);

        Assert.AreEqual(0, await Waiting("Sales") + await Waiting("error"));
    }

    [Scenario(19)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_send_only_endpoint_publishes_but_does_not_subscribe()
    {
        await using var scenario = await Start(("Sender", (sender, _) => sender.SendOnly()), ("Billing", (billing, _) => billing.AddHandler<OrderedHandler>()));

        await scenario.Session("Sender").Publish(new OrderedEvent("A-1"), Cancellation);

        Assert.AreEqual("billing A-1", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sender").Subscribe<OrderedEvent>(Cancellation))).Message, "send-only");
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sender").Unsubscribe<OrderedEvent>(Cancellation))).Message, "send-only");
    }

    [Scenario(245)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_new_version_of_an_event_reaches_old_subscribers_too()
    {
        await using var scenario = await Start(("Old", Old), ("New", (latest, _) => latest.Hear<SecondVersionEvent>()));

        await scenario.Session("New").Publish(new SecondVersionEvent("A-1", "north"), Cancellation);

        var versions = await scenario.Notes.Until<Arrived>(2, Cancellation);
        Assert.ContainsSingle(versions.Where(each => each.Message is SecondVersionEvent { Region: "north" } && each.Headers[Headers.EnclosedMessageTypes].Contains(nameof(IFirstVersionEvent), StringComparison.Ordinal)));
        foreach (var each in versions) Assert.AreEqual("A-1", ((IFirstVersionEvent)each.Message).Id);

        // The old endpoint has never heard of the new version.
        static void Old(EndpointConfiguration old, RoutingSettings _)
        {
            old.UseSerialization<SystemJsonSerializer>().DisableDynamicTypeLoading();
            old.Hear<IFirstVersionEvent>();
        }
    }

    public interface IFirstVersionEvent
    {
        string Id { get; }
    }

    sealed record SecondVersionEvent(string Id, string Region) : IFirstVersionEvent;

    sealed record PaidEvent;

    sealed record Marked(string Id) : IEvent;
}

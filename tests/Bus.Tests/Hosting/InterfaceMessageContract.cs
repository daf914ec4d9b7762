using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Messages whose contract is an interface, on every transport and store. Derive one class for each pair.</summary>
public abstract class InterfaceMessageContract(TestContext test) : BusContract(test)
{
    static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(20)]
    public async Task An_event_that_is_an_interface_arrives_as_that_interface_with_its_values()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Delivery", (delivery, _) => delivery.AddHandler<ParcelSentHandler>()));

        await scenario.Session("Sales").Publish<IParcelSentEvent>(sent => (sent.Parcel, sent.At) = ("P-1", Noon), Cancellation);

        var heard = (await scenario.Notes.Until<IParcelSentEvent>(1, Cancellation)).Single();
        Assert.AreEqual(("P-1", Noon), (heard.Parcel, heard.At));
        var headers = scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single();
        Assert.AreEqual($"{typeof(IParcelSentEvent).AssemblyQualifiedName};{typeof(IParcelEvent).AssemblyQualifiedName}", headers[Headers.EnclosedMessageTypes]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(11, 13)]
    public async Task A_derived_interface_reaches_whoever_handles_the_base()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Delivery", (delivery, _) => delivery.AddHandler<ParcelHandler>()), ("Audit", (audit, _) => audit.AddHandler<ParcelSentHandler>()));

        await scenario.Session("Sales").Publish<IParcelSentEvent>(sent => sent.Parcel = "P-1", Cancellation);
        await scenario.Session("Sales").Publish<IParcelEvent>(sent => sent.Parcel = "P-2", Cancellation);

        var heard = await scenario.Notes.Until<Heard>(2, Cancellation);
        CollectionAssert.AreEquivalent(new[] { "P-1", "P-2" }, heard.Select(each => each.What).ToList());
        await Settled("Audit");
        Assert.AreEqual("P-1", (await scenario.Notes.Until<IParcelSentEvent>(1, Cancellation)).Single().Parcel);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Handlers_send_publish_and_reply_interfaces()
    {
        await using var scenario = await Start(("Sales", (sales, routing) =>
        {
            sales.AddHandler<PassingOnHandler>();
            sales.AddHandler<WeightHandler>();
            routing.RouteToEndpoint(typeof(IWeighCommand), "Delivery");
        }
        ), ("Delivery", (delivery, _) =>
        {
            delivery.AddHandler<WeighHandler>();
            delivery.AddHandler<ParcelHandler>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new AskCommand("P-1"), Cancellation);

        var weights = await scenario.Notes.Until<IWeightMessage>(3, Cancellation);
        CollectionAssert.AreEquivalent(new[] { "here 0", "there 0", "P-1 250" }, weights.Select(weight => $"{weight.Parcel} {weight.Grams}").ToList());
        Assert.AreEqual("P-1", (await scenario.Notes.Until<Heard>(1, Cancellation)).Single().What);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_session_sends_an_interface_by_route_and_to_a_queue()
    {
        await using var scenario = await Start(("Sales", (sales, routing) =>
        {
            sales.AddHandler<WeightHandler>();
            routing.RouteToEndpoint(typeof(IWeightMessage), "Sales");
        }
        ));
        var session = scenario.Session("Sales");

        await session.Send<IWeightMessage>(weight => weight.Grams = 1, Cancellation);
        await session.Send<IWeightMessage>("Sales", weight => weight.Grams = 2, Cancellation);
        await session.SendLocal<IWeightMessage>(weight => weight.Grams = 3, Cancellation);
        using var scope = scenario.Services.CreateScope();
        await using var transaction = Scenario.TransactionalSession(scope, "Sales");
        await transaction.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
        await transaction.SendLocal<IWeightMessage>(weight => weight.Grams = 4, Cancellation);
        await transaction.Commit(Cancellation);

        var weights = await scenario.Notes.Until<IWeightMessage>(4, Cancellation);
        CollectionAssert.AreEquivalent(new[] { 1, 2, 3, 4 }, weights.Select(weight => weight.Grams).ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(14, 21)]
    public async Task An_event_of_two_interfaces_comes_once_and_meets_the_handlers_of_both()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Delivery", (delivery, _) =>
        {
            delivery.AddHandler<ParcelHandler>();
            delivery.AddHandler<BilledHandler>();
        }
        ));

        await scenario.Session("Sales").Publish(new SentAndBilledEvent("P-1", 12.5m), Cancellation);

        await scenario.Notes.Until<Heard>(2, Cancellation);
        await Settled("Delivery");
        CollectionAssert.AreEqual(new[] { new Heard("parcel", "P-1"), new Heard("billed", "12.5") }, scenario.Notes.Of<Heard>().ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_whose_class_is_unknown_here_is_read_as_each_of_its_interfaces()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Delivery", (delivery, _) =>
        {
            // As in a program that holds the interfaces' assembly alone.
            delivery.UseSerialization<SystemJsonSerializer>().DisableDynamicTypeLoading();
            delivery.AddHandler<ParcelHandler>();
            delivery.AddHandler<BilledHandler>();
        }
        ));

        await scenario.Session("Sales").Publish(new SentAndBilledEvent("P-1", 12.5m), Cancellation);

        await scenario.Notes.Until<Heard>(2, Cancellation);
        await Settled("Delivery");
        CollectionAssert.AreEquivalent(new[] { new Heard("parcel", "P-1"), new Heard("billed", "12.5") }, scenario.Notes.Of<Heard>().ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(245)]
    public async Task A_new_version_of_a_contract_reaches_those_who_know_it_and_those_who_know_the_old_one()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Old", (old, _) =>
        {
            old.UseSerialization<SystemJsonSerializer>().DisableDynamicTypeLoading();
            old.AddHandler<ParcelHandler>();
        }
        ), ("New", (@new, _) =>
        {
            @new.UseSerialization<SystemJsonSerializer>().DisableDynamicTypeLoading();
            @new.AddHandler<ParcelSentHandler>();
        }
        ));

        await scenario.Session("Sales").Publish<IParcelSentEvent>(sent => (sent.Parcel, sent.At) = ("P-1", Noon), Cancellation);

        Assert.AreEqual("P-1", (await scenario.Notes.Until<Heard>(1, Cancellation)).Single().What);
        Assert.AreEqual(Noon, (await scenario.Notes.Until<IParcelSentEvent>(1, Cancellation)).Single().At);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(126)]
    public async Task A_saga_is_started_and_found_by_interfaces_also_through_the_mapping_of_a_base()
    {
        await using var scenario = await Start(("Delivery", (delivery, _) => delivery.AddSaga<ParcelWatch>()));

        await scenario.Session("Delivery").Publish<IParcelSentEvent>(sent => sent.Parcel = "P-1", Cancellation);

        Assert.AreEqual(new Heard("watch", "P-1 40"), (await scenario.Notes.Until<Heard>(1, Cancellation)).Single());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(12, 248)]
    public virtual async Task A_handler_of_object_sees_everything_and_subscribed_by_hand_every_event()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Everything", (everything, _) => everything.AddHandler<CatchAllHandler>()));
        await scenario.Session("Everything").Subscribe<object>(Cancellation);

        await scenario.Session("Sales").Publish<IParcelEvent>(sent => sent.Parcel = "P-1", Cancellation);
        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), Cancellation);
        await scenario.Session("Sales").Send("Everything", new AskCommand("why"), Cancellation);

        var heard = await scenario.Notes.Until<Heard>(3, Cancellation);
        CollectionAssert.AreEquivalent(new[] { "P-1", new OrderedEvent("A-1").ToString(), new AskCommand("why").ToString() }, heard.Select(each => each.What).ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_endpoint_whose_handler_names_an_interface_with_methods_does_not_start()
    {
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Start(("Sales", (sales, _) => sales.AddHandler<ActingHandler>())));

        StringAssert.Contains(failure.Message, "IActingEvent.Act");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_creator_of_messages_is_among_the_services()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ));

        var weight = scenario.Services.GetRequiredService<IMessageCreator>().CreateInstance<IWeightMessage>(message => message.Grams = 7);

        Assert.AreEqual(7, weight.Grams);
    }
}

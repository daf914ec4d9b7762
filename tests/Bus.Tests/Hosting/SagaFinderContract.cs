using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Pipeline;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Sagas found by classes of the application, on every transport and store. Derive one class for each pair.</summary>
public abstract class SagaFinderContract(TestContext test) : BusContract(test)
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(125, 232)]
    public async Task What_a_finder_does_not_find_begins_and_what_it_finds_goes_on()
    {
        await using var scenario = await Start(("Shop", (shop, _) => shop.AddSaga<Cart>()));
        var session = scenario.Session("Shop");

        await session.SendLocal(new AddCommand("Ann", "tea"), Cancellation);
        await Settled("Shop");
        await session.SendLocal(new AddCommand("Ann", "cake"), Cancellation);
        await session.SendLocal(new AddCommand("Bob", "milk"), Cancellation);
        await Settled("Shop");
        await session.SendLocal(new CheckOutCommand("Ann"), Cancellation);
        await Settled("Shop");
        await session.SendLocal(new AddCommand("Ann", "jam"), Cancellation);
        await Settled("Shop");
        await session.SendLocal(new CheckOutCommand("Ann"), Cancellation);
        await Settled("Shop");

        CollectionAssert.AreEqual(new[] { "tea,cake", "jam" }, scenario.Notes.Of<CartClosed>().Select(closed => closed.Items).ToList());
        Assert.HasCount(scenario.Notes.Of<Asked>().Count, scenario.Notes.Of<string>(), "Each finder is disposed.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(237)]
    public async Task A_message_that_begins_nothing_and_for_which_nothing_is_found_goes_to_the_handler_of_those_which_can_answer()
    {
        await using var scenario = await Start(("Shop", (shop, _) => shop.AddSaga<Cart>()), ("Till", (till, routing) =>
        {
            till.AddHandler<AnswerHandler>();
            routing.RouteToEndpoint(typeof(CheckOutCommand), "Shop");
        }
        ));

        await scenario.Session("Till").Send(new CheckOutCommand("Ann"), Cancellation);

        Assert.AreEqual("no cart", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        Assert.ContainsSingle(scenario.Notes.Of<string>().Where(note => note == "no cart for Ann"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Messages_at_the_same_time_in_two_processes_lose_no_update()
    {
        const int Messages = 30;
        await using var one = await Start(("Shop", (shop, _) => shop.AddSaga<Cart>()));
        await using var other = await Start(("Shop", (shop, _) => shop.AddSaga<Cart>()));
        var session = one.Session("Shop");
        await session.SendLocal(new AddCommand("Ann", "x"), Cancellation);
        await Settled("Shop");

        await Task.WhenAll(Enumerable.Range(1, Messages).Select(_ => session.SendLocal(new AddCommand("Ann", "x"), Cancellation)));
        await Settled("Shop");
        await session.SendLocal(new CheckOutCommand("Ann"), Cancellation);
        await Settled("Shop");

        var closed = one.Notes.Of<CartClosed>().Concat(other.Notes.Of<CartClosed>()).Single();
        Assert.HasCount(1 + Messages, closed.Items.Split(','));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_finder_is_asked_again_if_its_choice_changed_while_its_message_waited_for_it()
    {
        await using var scenario = await Start(("Shop", (shop, _) => shop.AddSaga<Cart>()));
        var session = scenario.Session("Shop");
        await session.SendLocal(new AddCommand("Ann", "tea"), Cancellation);
        await Settled("Shop");
        await session.SendLocal(new CheckOutCommand("Ann", Waits: true), Cancellation);
        await scenario.Notes.Until<CheckOutCommand>(1, Cancellation);

        await session.SendLocal(new AddCommand("Ann", "too late"), Cancellation);
        await scenario.Notes.Until<Asked>(3, Cancellation);
        scenario.Notes.Gate("till").SetResult();
        await Settled("Shop");
        await session.SendLocal(new CheckOutCommand("Ann"), Cancellation);
        await Settled("Shop");

        CollectionAssert.AreEqual(new[] { "tea", "too late" }, scenario.Notes.Of<CartClosed>().Select(closed => closed.Items).ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_finder_that_knows_no_more_than_the_id_is_enough()
    {
        await using var scenario = await Start(("Store", (store, _) => store.AddSaga<Inventory>()));
        var session = scenario.Session("Store");
        await session.SendLocal(new ScanCommand("C-1", "left"), Cancellation);
        await scenario.Notes.Until<ScanCommand>(1, Cancellation);
        await Settled("Store");

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => session.SendLocal(new ShelfCommand("left"), Cancellation)));
        await Settled("Store");

        Assert.AreEqual(new Stocktaken("C-1", 11), scenario.Notes.Of<Stocktaken>().MaxBy(counted => counted.Scans));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whoever_begins_a_saga_beside_its_correlation_sets_it()
    {
        await using var scenario = await Start(("Club", (club, _) => club.AddSaga<Membership>()));
        var session = scenario.Session("Club");

        await session.SendLocal(new JoinCommand("Ann", SaysWho: false), Cancellation);
        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], "has no Member");
        await session.SendLocal(new JoinCommand("Ann", SaysWho: true), Cancellation);
        await Settled("Club");
        await session.SendLocal(new AskCommand("Ann"), Cancellation);

        Assert.AreEqual("Ann is a member", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_meets_two_methods_of_a_saga_meets_one_instance_and_the_finder_sees_what_behaviors_left()
    {
        await using var scenario = await Start(("Shop", (shop, _) =>
        {
            shop.Do<IIncomingLogicalMessageContext>((context, next) =>
            {
                context.Extensions.Set("left", "by a behavior");
                return next();
            });
            shop.AddSaga<Twofold>();
        }
        ));

        await scenario.Session("Shop").Publish(new OrderedEvent("A-1"), Cancellation);

        var heard = await scenario.Notes.Until<Heard>(2, Cancellation);
        Assert.AreEqual(heard[0].By, heard[1].By);
        Assert.AreEqual(2, heard[1].What.Split(',').Length);
        Assert.AreEqual("by a behavior", scenario.Notes.Of<string>().Single());
    }
}

using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Sagas.Tests;

/// <summary>What becomes of an answer that is not waited for:</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>the answer comes</term><description>what the saga does</description></listheader>
/// <item><term>again</term><description>nothing: its step is over, or its line has answered</description></item>
/// <item><term>"still running" again, or behind a newer answer</term><description>nothing but a pause before the next question</description></item>
/// <item><term>about a shipment, older than the last report</term><description>nothing: the report's time tells</description></item>
/// <item><term>after the customer cancelled</term><description>it is waited for if it may tell of something done; that is undone then</description></item>
/// <item><term>after a no: held, set aside, registered or taken all the same</term><description>that is undone too, last thing first</description></item>
/// <item><term>"undone" again</term><description>nothing: what was undone stays undone</description></item>
/// <item><term>"will not pay back" again</term><description>nothing: the task is open. Behind a further try it costs one number of the operation id; the provider gives back once</description></item>
/// <item><term>after the end</term><description>nothing. Nothing done can be hidden in it: no effect is left unknown when an order ends</description></item>
/// </list>
/// </remarks>
[TestClass]
public sealed class When_messages_come_twice
{
    [TestMethod]
    [DynamicData(nameof(Walks))]
    public void Each_answer_counts_once(string name, int cancelledAt)
    {
        var once = Walk(name, cancelledAt, repeat: _ => []);
        var twice = Walk(name, cancelledAt, repeat: walk => walk.Answers.TakeLast(1));

        CollectionAssert.AreEqual(once.Order.Journey.ToArray(), twice.Order.Journey.ToArray());
        CollectionAssert.AreEqual(Effects(once), Effects(twice));
    }

    [TestMethod]
    [DynamicData(nameof(Walks))]
    public void Old_answers_change_nothing_however_late_they_come(string name, int cancelledAt)
    {
        var once = Walk(name, cancelledAt, repeat: _ => []);
        var haunted = Walk(name, cancelledAt, repeat: walk => walk.Answers);

        CollectionAssert.AreEqual(once.Order.Journey.ToArray(), haunted.Order.Journey.ToArray());
        CollectionAssert.AreEqual(Effects(once), Effects(haunted));
    }

    [TestMethod]
    public void An_order_placed_twice_is_one_order()
    {
        var order = new OrderStory().Receives(Samples.Plain, Samples.Plain, Samples.Plain with { AgreedTotal = Samples.Rub(1) });

        Assert.HasCount(1, order.Commands);
        Assert.HasCount(1, order.AllPublished<OrderPlaced>());
        Assert.AreEqual(Samples.Rub(5000), order.State.Order.AgreedTotal);
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(0)]
    [DataRow(8)]
    public void An_order_placed_again_after_its_end_is_not_begun_again(int cancelledAt)
    {
        var walk = Walk(nameof(Samples.WithPoints), cancelledAt, repeat: _ => []);
        walk.Order.TimePasses(TimeSpan.FromDays(29));

        walk.Order.Receives([Samples.WithPoints, new CancelOrder("A-1", "again"), new ResumeOrder("A-1", "support-1", Settled: true), .. walk.Answers]);

        Assert.StartsWith("Warning: Order A-1 was placed once more after it had ended (", Assert.ContainsSingle(walk.Order.Log.Lines));
    }

    [TestMethod]
    public void That_an_order_ended_is_remembered_without_the_customer_and_then_forgotten()
    {
        var walk = new OrderWalk(Samples.MadeToOrder).ToTheEnd();
        foreach (var personal in new[] { "Anna", "anna@", "+7000", "CARD-1", "Nevsky", "Desk lamp" }) Assert.DoesNotContain(personal, walk.Order.Stored!);

        walk.Order.TimePasses(TimeSpan.FromDays(29));
        Assert.IsFalse(walk.Order.IsForgotten);
        walk.Order.TimePasses(TimeSpan.FromDays(1));
        Assert.IsTrue(walk.Order.IsForgotten);
        Assert.IsEmpty(walk.Order.Alarms);
    }

    [TestMethod]
    public void An_order_that_may_have_been_forgotten_is_not_begun()
    {
        var order = new OrderStory();
        order.Clock.Now = Samples.Plain.PlacedAt.AddDays(30).AddSeconds(-1);
        Assert.HasCount(1, order.Receives(Samples.Plain).AllPublished<OrderPlaced>());

        var late = new OrderStory();
        late.Clock.Now = Samples.Plain.PlacedAt.AddDays(30);
        var refusal = Assert.ThrowsExactly<InvalidOperationException>(() => late.Receives(Samples.Plain));
        Assert.Contains("A-1", refusal.Message);
        Assert.IsNull(late.Stored);
    }

    static IEnumerable<object[]> Walks() => from name in Samples.All.Keys from cancelledAt in new[] { -1, 3, 8, 12 } select new object[] { name, cancelledAt };

    static OrderWalk Walk(string name, int cancelledAt, Func<OrderWalk, IEnumerable<object>> repeat)
    {
        var walk = new OrderWalk(Samples.All[name]);
        for (var step = 0; walk.Order.IsRunning; step++)
        {
            Assert.IsLessThan(1_000, step, $"The order goes round in circles: {string.Join(", ", walk.Order.Journey.TakeLast(20))}");
            if (step == cancelledAt) walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
            walk.Step();
            if (walk.Order.IsRunning) walk.Order.Receives([.. repeat(walk), Samples.All[name]]);
        }
        return walk;
    }

    /// <summary>All that was asked for but to look.</summary>
    static string[] Effects(OrderWalk walk) =>
        [.. walk.Order.Commands.Select(command => command.GetType().Name).Where(name => !name.StartsWith("Check", StringComparison.Ordinal))];
}

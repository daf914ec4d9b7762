using System.Text.Json;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Tasks.Commands;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class When_a_system_is_silent
{
    static readonly CancelOrder Wish = new("A-1", "changed my mind");

    static readonly HashSet<Type> WithoutAnswer = [typeof(MarkOrderShipped), typeof(MarkOrderComplete), typeof(NotifyCustomer), typeof(CloseTask)];

    // The desk's, and those of the saga that tells customers, which has tests of its own.
    static readonly HashSet<Type> OfOthers = [typeof(LookUpPreferences), typeof(SendLetter), typeof(SendTelegram), typeof(AnswerTelegram), typeof(ClaimTask), typeof(ReleaseTask), typeof(AnswerTask), typeof(OpenCall), typeof(ReportCall)];

    [TestMethod]
    [DynamicData(nameof(Questions))]
    public void It_is_asked_three_times_alike_and_a_late_answer_moves_the_order_on(Type question, int cancelledAt)
    {
        var walk = Silenced(question, cancelledAt).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);

        var lines = question == typeof(RequestModelPrice) || question == typeof(CheckModelPrice) || question == typeof(CancelModelPrice) ? 2 : 1;
        Assert.HasCount(3 * lines, Asked(walk, question));
        Assert.HasCount(lines, Asked(walk, question).Distinct().ToList(), "The question changed.");
        CollectionAssert.AreEqual(new[] { 2, 3 }, walk.Order.AllPublished<OrderDelayed>().Select(delayed => delayed.Attempt).ToArray());
        Assert.AreEqual("support desk", walk.Order.Published<OrderNeedsAttention>().Queue);

        LateAnswer(walk);
        Assert.HasCount(1, walk.Order.AllPublished<OrderAttentionEnded>());
        Settled(walk, cancelledAt);
    }

    [TestMethod]
    [DynamicData(nameof(Questions))]
    public void The_support_lead_gets_what_the_desk_left_and_the_system_is_asked_on(Type question, int cancelledAt)
    {
        var walk = Silenced(question, cancelledAt).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        var asked = Asked(walk, question).Count;

        walk.Order.TimePasses(TimeSpan.FromMinutes(29));
        Assert.HasCount(asked, Asked(walk, question));

        walk.Order.TimePasses(TimeSpan.FromMinutes(61));
        CollectionAssert.AreEqual(
            new[] { "support desk", "support lead", "support lead", "support lead" }, walk.Order.AllPublished<OrderNeedsAttention>().Select(task => task.Queue).ToArray());
        Assert.HasCount(asked * 2, Asked(walk, question));

        LateAnswer(walk);
        Settled(walk, cancelledAt);
    }

    [TestMethod]
    [DynamicData(nameof(Questions))]
    public void Resuming_asks_at_once_with_the_same_operation_id(Type question, int cancelledAt)
    {
        var walk = Silenced(question, cancelledAt).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        var asked = Asked(walk, question).ToList();
        walk.Silent = null;
        walk.Order.Receives(new ResumeOrder("A-1", "support-1"), new ResumeOrder("A-1", "support-1"));

        Assert.IsGreaterThan(asked.Count, Asked(walk, question).Count);
        Assert.Contains(Asked(walk, question)[^1], asked);
        Assert.HasCount(1, walk.Order.AllPublished<OrderAttentionEnded>());
        Settled(walk, cancelledAt);
    }

    [TestMethod]
    public void No_question_is_left_out_of_these_tests() => CollectionAssert.AreEquivalent(
        typeof(HoldPayment).Assembly.GetExportedTypes()
            .Where(type => type.Namespace!.EndsWith(".Commands", StringComparison.Ordinal) && type.Namespace != typeof(PlaceOrder).Namespace && !type.IsEnum && !WithoutAnswer.Contains(type) && !OfOthers.Contains(type) && !IsHint(type)).ToArray(),
        Questions().Select(question => (Type)question[0]).ToArray());

    [TestMethod]
    public void Still_running_is_no_silence_but_has_its_limit()
    {
        var walk = new OrderWalk(Samples.Plain, systems => systems.Picking = [.. Enumerable.Repeat(PickingState.InProgress, 250), PickingState.Picked]);
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        Assert.AreEqual(walk.Order.Published<OrderRegistered>().Standing.At.AddHours(4), walk.Order.Clock.Now);
        Assert.IsEmpty(walk.Order.AllPublished<OrderDelayed>());
        StringAssert.StartsWith(walk.Order.Published<OrderNeedsAttention>().Why, "Order management was to pick and pack the goods by 2026-03-02 13:00:00 UTC, and has not yet. To do: ");

        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 2);
        Assert.AreEqual("support lead", walk.Order.Published<OrderNeedsAttention>().Queue);
        walk.Step();
        Assert.IsEmpty(walk.Order.AllPublished<OrderAttentionEnded>(), "Still running is what the task is about.");

        walk.Order.Receives(new ResumeOrder("A-1", "support-1"));
        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        Assert.HasCount(2, walk.Order.AllPublished<OrderNeedsAttention>());
    }

    [TestMethod]
    public void A_system_that_answers_now_and_then_is_not_silent()
    {
        var walk = new OrderWalk(Samples.Plain, systems => systems.Picking = [.. Enumerable.Repeat(PickingState.InProgress, 5), PickingState.Picked]);
        walk.Until(passed => passed.Order.AllPublished<OrderRegistered>().Count == 1);

        for (var answers = 0; answers < 5; answers++)
        {
            // Two askings go by unanswered, the third one is answered.
            var delayed = walk.Order.AllPublished<OrderDelayed>().Count;
            walk.Silent = typeof(CheckPicking);
            walk.Until(passed => passed.Order.AllPublished<OrderDelayed>().Count == delayed + 2);
            walk.Silent = null;
            walk.Order.Receives(walk.Systems.Answer(new CheckPicking("A-1"))!);
        }

        Assert.IsEmpty(walk.Order.AllPublished<OrderNeedsAttention>());
    }

    [TestMethod]
    public void An_alarm_that_was_lost_is_set_again_by_whatever_comes_next()
    {
        var order = new OrderStory().Receives(Samples.MadeToOrder);
        var lost = order.Alarms[0];
        order.Lose(lost);
        order.Clock.Now = lost.At.AddSeconds(1);

        order.Receives(new ModelPriceRunning("A-1", "3", "job-3", 0));

        Assert.HasCount(1, order.Alarms);
    }

    [TestMethod]
    public void The_order_can_be_cancelled_out_of_an_overdue_wait()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Picking = [PickingState.InProgress]);
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        walk.Order.Receives(Wish);

        Assert.AreEqual("the order is being cancelled", walk.Order.Published<OrderAttentionEnded>().How);
        walk.ToTheEnd().NothingRemains();
    }

    [TestMethod]
    public void An_alarm_that_rings_early_is_set_again()
    {
        var order = new OrderStory().Receives(Samples.Plain);
        var alarm = order.Alarms[0];
        order.Clock.Now = alarm.At.AddSeconds(-1);
        order.Ring(alarm);
        Assert.AreEqual(alarm.At, order.Alarms[0].At);
        Assert.IsEmpty(order.AllPublished<OrderDelayed>());

        order.TimePasses(TimeSpan.FromSeconds(1));
        Assert.HasCount(1, order.AllPublished<OrderDelayed>());
    }

    /// <summary>Each command that has an answer: on the way there, and on the way back from the first moment that needs it.</summary>
    // What a vendor tells of its own accord makes an endpoint look; no saga sends it.
    static bool IsHint(Type command) => command.Name.StartsWith("LookAt", StringComparison.Ordinal);

    static IEnumerable<object[]> Questions()
    {
        var there = new OrderWalk(Samples.MadeToOrder);
        var back = new Dictionary<Type, int>();
        for (var moment = 0; there.Order.IsRunning; moment++)
        {
            var cancelled = new OrderWalk(Samples.MadeToOrder).Steps(moment);
            cancelled.Order.Receives(Wish);
            foreach (var type in Types(cancelled.ToTheEnd())) back.TryAdd(type, moment);
            there.Step();
        }
        return Types(there).Select(type => new object[] { type, -1 })
            .Concat(back.Where(way => !Types(there).Contains(way.Key)).Select(way => new object[] { way.Key, way.Value }))
            .Concat([[typeof(OpenTask), -1], [typeof(AmendOrder), -1]]);
    }

    static IEnumerable<Type> Types(OrderWalk walk) => walk.Order.Commands.Select(command => command.GetType()).Distinct().Where(type => !WithoutAnswer.Contains(type));

    static OrderWalk Silenced(Type question, int cancelledAt)
    {
        var isAmended = question == typeof(OpenTask) || question == typeof(AmendOrder);
        var walk = new OrderWalk(Samples.MadeToOrder, systems => systems.Picking = [isAmended ? PickingState.OutOfStock : PickingState.InProgress, PickingState.Picked]) { Silent = question };
        if (cancelledAt < 0) return walk;
        walk.Steps(cancelledAt).Order.Receives(Wish);
        return walk;
    }

    static void LateAnswer(OrderWalk walk)
    {
        var late = walk.Order.Commands.Where(command => command.GetType() == walk.Silent).DistinctBy(Content).Select(command => walk.Systems.Answer(command)!).ToArray();
        walk.Silent = null;
        walk.Order.Receives(late);
    }

    static void Settled(OrderWalk walk, int cancelledAt)
    {
        walk.ToTheEnd();
        if (cancelledAt < 0) walk.AllIsSettled(Samples.MadeToOrder);
        else walk.NothingRemains();
    }

    static List<string> Asked(OrderWalk walk, Type question) => [.. walk.Order.Commands.Where(command => command.GetType() == question).Select(Content)];

    static string Content(object command) => JsonSerializer.Serialize(command, command.GetType());
}

using System.Text.Json;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Tasks;
using NServiceBus.Testing;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class HumanTaskTests
{
    const string Id = "A-1/task/1";
    static readonly OrderLine FloorLamp = new("3", "FLOOR", "Floor lamp", 1, Samples.Rub(4500));
    static readonly OpenTask Question = new(
        Id, "A-1", TaskKind.Substitution, "call centre", "out of stock: Desk lamp",
        [Line("1", "Desk lamp", 3990), Line("2", "Bulb", 1000)], ["1"], Samples.Rub(5000));

    static readonly OpenCall Call = new(Id, "A-1", "A-1/letter-OrderShipped", "call centre", "Tell the customer that the goods are on their way", new("Anna", "+79990000000", "anna@example.org"));

    readonly ManualClock _clock = new();
    readonly TestableSaga<HumanTask, HumanTaskState> _saga;
    readonly List<object> _facts = [];
    readonly List<object> _replies = [];

    public HumanTaskTests() => _saga = new(() => new HumanTask(new(), _clock), _clock.Now.UtcDateTime);

    [TestMethod]
    public async Task The_first_to_claim_it_has_it_and_the_second_is_told_who_does()
    {
        await Get(Question, new ClaimTask(Id, "olga"), new ClaimTask(Id, "olga"), new ClaimTask(Id, "ivan"));

        CollectionAssert.AreEqual(new[] { "TaskOpened", "TaskClaimed", "TaskRefused" }, Told());
        var refused = (TaskRefused)_facts[^1];
        Assert.AreEqual(("ivan", "olga has the task: ask them to give it back, or take another"), (refused.By, refused.Why));
        Assert.AreEqual((3, TaskState.Claimed, "call centre", "olga", _clock.Now.AddMinutes(30)),
            (refused.Standing.Sequence, refused.Standing.State, refused.Standing.Queue, refused.Standing.Claimant!, refused.Standing.Deadline!.Value));
    }

    [TestMethod]
    public async Task What_one_gives_back_another_can_take()
    {
        await Get(Question, new ClaimTask(Id, "olga"), new ReleaseTask(Id, "ivan"), new ReleaseTask(Id, "olga"), new ReleaseTask(Id, "olga"), new ClaimTask(Id, "ivan"));

        CollectionAssert.AreEqual(new[] { "TaskOpened", "TaskClaimed", "TaskRefused", "TaskReleased", "TaskClaimed" }, Told());
    }

    [TestMethod]
    public async Task The_answer_of_whoever_has_it_is_the_answer_and_is_repeated_to_who_asks_again()
    {
        var answer = new AnswerTask(Id, "olga", [new("1", FloorLamp)], Samples.Rub(5500));
        await Get(Question, new ClaimTask(Id, "olga"), answer with { By = "ivan" });
        Assert.IsEmpty(_replies);

        await Get(answer, answer, Question, new AnswerTask(Id, "ivan", []), new ClaimTask(Id, "ivan"));

        Assert.HasCount(2, _replies);
        foreach (var reply in _replies.Cast<TaskAnswered>())
            Assert.AreEqual((Id, "A-1", "olga", FloorLamp, Samples.Rub(5500)), (reply.TaskId, reply.OrderId, reply.By, reply.Lines[0].Substitute!, reply.AgreedTotal!));
        CollectionAssert.AreEqual(new[] { "TaskOpened", "TaskClaimed", "TaskRefused", "TaskEnded", "TaskRefused", "TaskRefused" }, Told());
        var ended = (TaskEnded)_facts[3];
        Assert.AreEqual((TaskOutcome.Answered, "olga decided: Floor lamp instead of Desk lamp", TaskState.Ended, null), (ended.Outcome, ended.How, ended.Standing.State, ended.Standing.Deadline));
    }

    [TestMethod]
    public async Task Another_answer_of_who_has_answered_is_refused()
    {
        var answer = new AnswerTask(Id, "olga", [new("1", FloorLamp)], Samples.Rub(5500), AnswerId: "one");
        await Get(Question, answer);
        await Get(answer with { AgreedTotal = Samples.Rub(5501), AnswerId = "two" }, new AnswerTask(Id, "olga", [], CancelReason: "too dear", AnswerId: "three"), answer with { Lines = [new("1", FloorLamp)] });

        CollectionAssert.AreEqual(new[] { "TaskOpened", "TaskEnded", "TaskRefused", "TaskRefused" }, Told());
        Assert.AreEqual("one two three", $"{((TaskEnded)_facts[1]).AnswerId} {string.Join(' ', _facts.OfType<TaskRefused>().Select(refused => refused.AnswerId))}");
        Assert.HasCount(1, _replies);
    }

    [TestMethod]
    [DataRow(true, CallResult.Reached, "olga reached the customer")]
    [DataRow(false, CallResult.NotReached, "olga could not reach the customer")]
    public async Task Who_called_says_whether_the_customer_was_reached(bool reached, CallResult result, string how)
    {
        var report = new ReportCall(Id, "olga", reached, "one");
        await Get(Call, new ClaimTask(Id, "olga"), report with { By = "ivan" }, new AnswerTask(Id, "olga", []), report, report, report with { Reached = !reached }, Call);

        CollectionAssert.AreEqual(new[] { "CallOpened", "TaskClaimed", "TaskRefused", "TaskRefused", "TaskEnded", "TaskRefused" }, Told());
        var (opened, ended) = ((CallOpened)_facts[0], (TaskEnded)_facts[4]);
        Assert.AreEqual((Call.Question, Call.Contact, _clock.Now.AddHours(24)), (opened.Question, opened.Contact, opened.Limit));
        Assert.AreEqual((TaskOutcome.Answered, how, "olga", "one"), (ended.Outcome, ended.How, ended.By!, ended.AnswerId!));
        Assert.HasCount(2, _replies);
        foreach (var reply in _replies) Assert.AreEqual(new CallEnded(Id, "A-1", Call.NotificationId, result, "olga"), reply);
    }

    [TestMethod]
    public async Task Nobody_calls_so_people_are_reminded_then_the_lead_then_it_ends()
    {
        await Get(Call, new ClaimTask(Id, "olga"));
        foreach (var minutes in new[] { 30, 90, 22 * 60 }) await TimePasses(TimeSpan.FromMinutes(minutes));
        await Get(new ReportCall(Id, "olga", Reached: true));

        CollectionAssert.AreEqual(new[] { "CallOpened", "TaskClaimed", "TaskReminded", "TaskEscalated", "TaskEnded", "TaskRefused" }, Told());
        Assert.AreEqual((TaskOutcome.Unanswered, "nobody called in time"), (((TaskEnded)_facts[4]).Outcome, ((TaskEnded)_facts[4]).How));
        Assert.AreEqual(new CallEnded(Id, "A-1", Call.NotificationId, CallResult.NotMade), _replies.Single());
    }

    [TestMethod]
    public async Task Where_to_call_is_kept_no_longer_than_the_task_runs()
    {
        Assert.Contains(Call.Contact.Name, JsonSerializer.Serialize((await _saga.Handle(Call)).SagaDataSnapshot));
        Assert.DoesNotContain(Call.Contact.Name, JsonSerializer.Serialize((await _saga.Handle(new ReportCall(Id, "olga", Reached: true))).SagaDataSnapshot));
    }

    [TestMethod]
    public async Task A_call_is_no_answer_to_another_question()
    {
        await Get(Question, new ReportCall(Id, "olga", Reached: true));

        Assert.AreEqual("the task is no call: decide what is asked", ((TaskRefused)_facts[1]).Why);
        Assert.IsEmpty(_replies);
    }

    [TestMethod]
    public async Task A_claim_is_not_needed_for_an_answer()
    {
        await Get(Question, new AnswerTask(Id, "olga", [], CancelReason: "the customer wants no other lamp"));

        Assert.AreEqual("the customer wants no other lamp", ((TaskAnswered)_replies.Single()).CancelReason);
    }

    [TestMethod]
    public async Task Nobody_answers_so_people_are_reminded_then_the_lead_then_the_hub_decides()
    {
        await Get(Question, new ClaimTask(Id, "olga"));

        await TimePasses(TimeSpan.FromMinutes(30));
        Assert.AreEqual((TaskState.Claimed, "olga", _clock.Now.AddMinutes(90)), Standing(((TaskReminded)_facts[^1]).Standing));

        await TimePasses(TimeSpan.FromMinutes(90));
        var escalated = (TaskEscalated)_facts[^1];
        Assert.AreEqual((TaskState.Open, "support lead"), (escalated.Standing.State, escalated.Standing.Queue));

        await TimePasses(TimeSpan.FromHours(22));
        Assert.AreEqual(TaskOutcome.Unanswered, ((TaskEnded)_facts[^1]).Outcome);
        await Get(Question);
        CollectionAssert.AreEqual(new object[] { new TaskUnanswered(Id, "A-1"), new TaskUnanswered(Id, "A-1") }, _replies);
    }

    [TestMethod]
    public async Task A_task_that_nobody_needs_any_more_is_closed_even_before_it_was_opened()
    {
        await Get(Question, new CloseTask(Id, "the order is being cancelled"), new CloseTask(Id, "again"), Question);
        Assert.AreEqual((TaskOutcome.Closed, "the order is being cancelled"), (((TaskEnded)_facts[^1]).Outcome, ((TaskEnded)_facts[^1]).How));
        Assert.HasCount(2, _facts);
        Assert.IsEmpty(_replies);

        const string Other = "A-2/task/1";
        await Get(new CloseTask(Other, "the order is being cancelled"), Question with { TaskId = Other, OrderId = "A-2" });
        Assert.HasCount(2, _facts);
    }

    [TestMethod]
    public async Task That_it_ended_is_remembered_for_a_month()
    {
        await Get(Question, new AnswerTask(Id, "olga", [new("1")]));
        await TimePasses(TimeSpan.FromDays(29));
        await Get(Question);
        Assert.HasCount(2, _facts);

        await TimePasses(TimeSpan.FromDays(1));
        await Get(Question);
        Assert.HasCount(3, _facts);
    }

    [TestMethod]
    [DynamicData(nameof(WrongAnswers))]
    public async Task An_answer_that_cannot_be_carried_out_is_refused_with_what_would_be_right(string why, AnswerTask answer)
    {
        await Get(Question, answer);

        Assert.AreEqual(why, ((TaskRefused)_facts[^1]).Why);
        Assert.IsEmpty(_replies);
    }

    static IEnumerable<object[]> WrongAnswers()
    {
        AnswerTask With(params LineDecision[] lines) => new(Id, "olga", lines);
        yield return ["it says nothing of line 1: give a substitute or drop the line", With()];
        yield return ["line 2 is not missing: decide on 1 alone", With(new LineDecision("1"), new LineDecision("2"))];
        yield return ["it decides on a line twice: decide once on each", With(new LineDecision("1"), new LineDecision("1"))];
        yield return ["the line id '2' of a substitute is empty or taken: give one that the order does not have", With(new LineDecision("1", FloorLamp with { LineId = "2" }))];
        yield return ["the substitute 3 has no article number or no name: give both", With(new LineDecision("1", FloorLamp with { Sku = " " }))];
        yield return ["the substitute 3 has a quantity of 0: give at least 1, or drop the line", With(new LineDecision("1", FloorLamp with { Quantity = 0 }))];
        yield return ["the substitute 3 is to be made first: only goods from stock can take the place of missing ones", With(new LineDecision("1", FloorLamp with { Model = new("u", "s", "PLA") }))];
        yield return ["the substitute 3 has no price: give its unit price", With(new LineDecision("1", FloorLamp with { UnitPrice = null }))];
        yield return ["the customer pays in RUB, and the price 5.00 EUR of 3 is not: give it in that currency", With(new LineDecision("1", FloorLamp with { UnitPrice = new(5, "EUR") }))];
        yield return ["the customer pays in RUB, and 9.00 EUR is not: give the total in that currency", With(new LineDecision("1", FloorLamp)) with { AgreedTotal = new(9, "EUR") }];
        yield return ["the customer is told why the order is cancelled: give a reason", With() with { CancelReason = "" }];
        yield return ["it both cancels the order and decides on lines: give one of the two", With(new LineDecision("1")) with { CancelReason = "no" }];
    }

    [TestMethod]
    public async Task Of_an_order_something_must_be_left()
    {
        await Get(Question with { Missing = ["1", "2"] }, new AnswerTask(Id, "olga", [new("1"), new("2")]));

        Assert.AreEqual("nothing would be left of the order: give a substitute, or cancel it", ((TaskRefused)_facts[^1]).Why);
    }

    static (TaskState, string?, DateTimeOffset) Standing(TaskStanding standing) => (standing.State, standing.Claimant, standing.Deadline!.Value);

    static PricedLine Line(string id, string name, decimal price) => new(id, name, name, 1, Samples.Rub(price), Samples.Rub(0), Samples.Rub(price));

    string[] Told() => [.. _facts.Select(fact => fact.GetType().Name)];

    async Task Get(params object[] messages)
    {
        foreach (var message in messages)
        {
            var result = await _saga.Handle((dynamic)message);
            Keep(result);
        }
    }

    async Task TimePasses(TimeSpan span)
    {
        _clock.Now += span;
        foreach (var result in await _saga.AdvanceTime(span)) Keep(result);
    }

    void Keep(TestableSaga<HumanTask, HumanTaskState>.HandleResult? result)
    {
        if (result is null) return;
        _facts.AddRange(result.Context.PublishedMessages.Select(published => published.Message));
        _replies.AddRange(result.Context.RepliedMessages.Select(reply => reply.Message));
    }
}

using System.Net;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;

namespace Dovetail.Endpoints.Tests.Desk;

[TestClass]
public sealed class ActionTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Of_two_who_claim_one_hears_yes_and_the_other_who_has_it()
    {
        await using var desk = await DeskHost.Start(Cancellation, OneWinner());
        await desk.Arrive(Cancellation, DeskHost.Opened());

        var answers = await Task.WhenAll(new[] { desk.Olga, desk.Ivan }.Select(client => DeskHost.Post(client, "claim", Cancellation)));

        Assert.AreEqual("200 409", string.Join(' ', answers.Select(answer => (int)answer.StatusCode).Order()));
        var winner = await DeskHost.Json(answers.Single(answer => answer.StatusCode == HttpStatusCode.OK), Cancellation);
        var loser = await DeskHost.Json(answers.Single(answer => answer.StatusCode == HttpStatusCode.Conflict), Cancellation);
        Assert.AreEqual("claimed", (string)winner["state"]!);
        Assert.StartsWith($"{(string)winner["claimedBy"]!} has the task", (string)loser["detail"]!, StringComparison.OrdinalIgnoreCase);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_same_key_gets_the_same_answer_and_is_sent_once()
    {
        await using var desk = await DeskHost.Start(Cancellation, OneWinner());
        await desk.Arrive(Cancellation, DeskHost.Opened());
        using var first = await DeskHost.Post(desk.Olga, "claim", Cancellation, key: "k-1");
        using var late = await DeskHost.Post(desk.Ivan, "claim", Cancellation, key: "k-1");

        var again = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => DeskHost.Post(desk.Olga, "claim", Cancellation, key: "k-1")));
        using var lateAgain = await DeskHost.Post(desk.Ivan, "claim", Cancellation, key: "k-1");
        using var other = await DeskHost.Post(desk.Olga, "claim", Cancellation, body: DeskHost.Substitute(1), key: "k-1");

        Assert.AreEqual(HttpStatusCode.OK, first.StatusCode);
        foreach (var answer in again)
        {
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
            Assert.AreEqual("true", answer.Headers.GetValues("Idempotency-Replayed").Single());
        }
        Assert.AreEqual((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (late.StatusCode, lateAgain.StatusCode));
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.AreEqual(2, desk.Arrived.Reader.Count);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_asks_twice_at_once_with_one_key_is_heard_once()
    {
        await using var desk = await DeskHost.Start(Cancellation, OneWinner());
        await desk.Arrive(Cancellation, DeskHost.Opened());

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => DeskHost.Post(desk.Olga, "claim", Cancellation, key: "k-1")));

        Assert.IsTrue(Array.TrueForAll(answers, answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.AreEqual(1, desk.Arrived.Reader.Count);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_outcome_that_is_not_known_yet_is_accepted_and_known_later_under_the_same_key()
    {
        await using var desk = await DeskHost.Start(Cancellation, settings: ("Desk:Patience", "00:00:00.2"));
        await desk.Arrive(Cancellation, DeskHost.Opened());

        using var first = await DeskHost.Post(desk.Olga, "claim", Cancellation, key: "k-1");

        Assert.AreEqual(HttpStatusCode.Accepted, first.StatusCode);
        Assert.AreEqual("/v1/tasks/A-1.task.1", first.Headers.Location!.ToString());
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));
        using var second = await DeskHost.Post(desk.Olga, "claim", Cancellation, key: "k-1");
        Assert.AreEqual(HttpStatusCode.OK, second.StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_decision_reaches_the_process_with_a_line_of_its_own_and_is_told_when_it_counts()
    {
        await using var desk = await DeskHost.Start(Cancellation, command => [DeskHost.Ended(3, TaskOutcome.Answered, "olga decided", ((AnswerTask)command).By)]);
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));

        using var answer = await DeskHost.Post(desk.Olga, "answer", Cancellation, DeskHost.Substitute(2990));

        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        Assert.AreEqual("answered", (string)(await DeskHost.Json(answer, Cancellation))["outcome"]!);
        var command = (AnswerTask)await desk.Arrived.Reader.ReadAsync(Cancellation);
        Assert.AreEqual(("A-1/task/1", "olga", (string?)null), (command.TaskId, command.By, command.CancelReason));
        Assert.AreEqual(new LineDecision("1", new("1.1", "LAMP-8", "Floor lamp", 1, DeskHost.Rub(2990))), command.Lines.Single());

        using var late = await DeskHost.Post(desk.Ivan, "claim", Cancellation);
        Assert.AreEqual(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("Olga decided. Look at the order", (string)(await DeskHost.Json(late, Cancellation))["detail"]!);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_decides_second_hears_that_another_did()
    {
        await using var desk = await DeskHost.Start(Cancellation, _ => [DeskHost.Ended(2, TaskOutcome.Answered, "olga decided", "olga")]);
        await desk.Arrive(Cancellation, DeskHost.Opened());

        using var answer = await DeskHost.Post(desk.Ivan, "answer", Cancellation, DeskHost.Substitute(2990));

        Assert.AreEqual(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("Olga decided", (string)(await DeskHost.Json(answer, Cancellation))["detail"]!);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_task_that_is_given_back_is_open_again()
    {
        await using var desk = await DeskHost.Start(Cancellation, command => [new TaskReleased("A-1/task/1", "A-1", DeskHost.Standing(3, TaskState.Open), ((ReleaseTask)command).By)]);
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));

        using var answer = await DeskHost.Post(desk.Olga, "release", Cancellation);

        Assert.AreEqual("open", (string)(await DeskHost.Json(answer, Cancellation))["state"]!);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Nothing_is_sent_for_a_task_that_is_not_there_without_a_key_or_with_faults()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        await desk.Arrive(Cancellation, DeskHost.Opened());

        using var unknown = await DeskHost.Post(desk.Olga, "claim", Cancellation, id: "A-9.task.1");
        using var keyless = await DeskHost.Post(desk.Olga, "claim", Cancellation, key: "");
        using var faulty = await DeskHost.Post(desk.Olga, "answer", Cancellation, DeskHost.Substitute(5000), key: "k-1");
        using var mended = await DeskHost.Post(desk.Olga, "answer", Cancellation, body: null, key: "k-1");

        Assert.AreEqual("404 400 422 400", string.Join(' ', new[] { unknown, keyless, faulty, mended }.Select(answer => (int)answer.StatusCode)));
        var fault = (await DeskHost.Json(faulty, Cancellation))["errors"]![0]!;
        Assert.AreEqual("#/agreedTotal", (string)fault["pointer"]!);
        Assert.Contains("5750.00 RUB, and the customer agreed to 4240.00 RUB", (string)fault["detail"]!);
        Assert.AreEqual(0, desk.Arrived.Reader.Count);
    }

    /// <summary>A process in which who comes first has the task.</summary>
    static Func<object, IEnumerable<object>> OneWinner()
    {
        string? winner = null;
        var sequence = 1;
        return command =>
        {
            var by = ((ClaimTask)command).By;
            winner ??= by;
            sequence++;
            return [by == winner ? DeskHost.Claimed(sequence, by) : DeskHost.Refused(sequence, by, $"{winner} has the task: ask them to give it back, or take another", winner)];
        };
    }
}

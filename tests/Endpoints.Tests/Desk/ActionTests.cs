using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using Dovetail.Endpoints.Desk;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

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
    [DataRow(2990, "200 200")]
    [DataRow(1990, "200 409")]
    public async Task Of_two_answers_of_one_operator_at_once_the_second_is_done_only_if_it_says_the_same(int second, string expected)
    {
        await using var desk = await DeskHost.Start(Cancellation, WhenBothAreThere());
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));

        Task<HttpResponseMessage[]> Decide() => Task.WhenAll(new[] { ("k-1", 2990), ("k-2", second) }.Select(sent => DeskHost.Post(desk.Olga, "answer", Cancellation, DeskHost.Substitute(sent.Item2), sent.Item1)));
        var (answers, again) = (await Decide(), await Decide());

        Assert.AreEqual(expected, string.Join(' ', answers.Select(answer => (int)answer.StatusCode).Order()));
        CollectionAssert.AreEqual(answers.Select(answer => answer.StatusCode).ToList(), again.Select(answer => answer.StatusCode).ToList());
        var taken = ((AnswerTask)await desk.Arrived.Reader.ReadAsync(Cancellation)).Lines[0].Substitute!.UnitPrice;
        foreach (var refused in answers.Where(answer => answer.StatusCode == HttpStatusCode.Conflict))
            Assert.Contains($"Olga decided: {taken}", (string)(await DeskHost.Json(refused, Cancellation))["detail"]!);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Where_to_call_is_for_who_has_the_call_and_gone_once_it_has_ended()
    {
        await using var desk = await DeskHost.Start(Cancellation, command => command switch
        {
            ClaimTask claim => [DeskHost.Claimed(2, claim.By)],
            ReportCall report => [DeskHost.Ended(3, TaskOutcome.Answered, $"{report.By} reached the customer", report.By, report.AnswerId)],
            _ => [],
        });
        await desk.Arrive(Cancellation, DeskHost.Call());
        var open = (await desk.Find(Cancellation))!;
        Assert.AreEqual("call 0", $"{open["kind"]} {open["lines"]!.AsArray().Count}");
        Assert.AreEqual((null, null, null), (open["contact"], open["total"], open["agreedTotal"]));

        using var claimed = await DeskHost.Post(desk.Olga, "claim", Cancellation);
        Assert.AreEqual("Anna Petrova +79990000000 anna@example.org", Contact(await DeskHost.Json(claimed, Cancellation)));
        Assert.AreEqual("Anna Petrova +79990000000 anna@example.org", Contact((await desk.Find(Cancellation))!));
        Assert.DoesNotContain("Anna", await desk.Ivan.GetStringAsync($"/v1/tasks/{DeskHost.Id}", Cancellation));
        foreach (var client in new[] { desk.Olga, desk.Ivan }) Assert.DoesNotContain("Anna", await client.GetStringAsync("/v1/tasks", Cancellation));

        using var unclear = await DeskHost.Post(desk.Olga, "answer", Cancellation, DeskHost.Substitute(2990));
        Assert.AreEqual("#/reached #/lines", string.Join(' ', (await DeskHost.Json(unclear, Cancellation))["errors"]!.AsArray().Select(fault => (string)fault!["pointer"]!)));
        using var answer = await DeskHost.Post(desk.Olga, "answer", Cancellation, new JsonObject { ["reached"] = true });
        Assert.AreEqual("Olga reached the customer.", (string)(await DeskHost.Json(answer, Cancellation))["how"]!);
        Assert.IsNull((await desk.Find(Cancellation))!["contact"]);

        // What comes late or twice brings it back no more.
        await desk.Publish(Cancellation, DeskHost.Call(), DeskHost.Claimed(2, "olga"), DeskHost.Call() with { TaskId = "A-2/task/1", OrderId = "A-2" });
        while (await desk.Find(Cancellation, "A-2.task.1") is null) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        await using var stored = await desk.Role.App.Services.GetRequiredService<IDbContextFactory<DeskDb>>().CreateDbContextAsync(Cancellation);
        Assert.IsNull((await stored.Tasks.SingleAsync(row => row.Id == DeskHost.Id, Cancellation)).Contact);
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

    static string Contact(JsonObject task) => string.Join(' ', new[] { "name", "phone", "email" }.Select(member => (string)task["contact"]![member]!));

    /// <summary>A process that takes the first of two answers, and only when both have come.</summary>
    static Func<object, IEnumerable<object>> WhenBothAreThere()
    {
        AnswerTask? first = null;
        return command =>
        {
            var answer = (AnswerTask)command;
            if (first is null)
            {
                first = answer;
                return [];
            }
            var (taken, price) = (first, first.Lines[0].Substitute!.UnitPrice!);
            var ended = DeskHost.Ended(3, TaskOutcome.Answered, $"olga decided: {price}", "olga", taken.AnswerId);
            return answer.Lines[0].Substitute!.UnitPrice == price ? [ended]
                : [ended, new TaskRefused("A-1/task/1", "A-1", DeskHost.Standing(4, TaskState.Ended), "olga", "olga has decided already", answer.AnswerId)];
        };
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

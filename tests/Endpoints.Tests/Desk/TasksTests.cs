using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Events;

namespace Dovetail.Endpoints.Tests.Desk;

[TestClass]
public sealed class TasksTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_task_shows_all_that_an_operator_needs_and_nobodys_name()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));

        var task = (await desk.Find(Cancellation))!;

        Assert.AreEqual("A-1.task.1 A-1 substitution claimed call centre olga", string.Join(' ', new[] { "taskId", "orderId", "kind", "state", "queue", "claimedBy" }.Select(name => (string)task[name]!)));
        Assert.AreEqual("""{"amount":4240,"currency":"RUB"}""", task["agreedTotal"]!.ToJsonString());
        Assert.AreEqual("True False", string.Join(' ', task["lines"]!.AsArray().Select(line => (bool)line!["missing"]!)));
        Assert.AreEqual("opened claimed", string.Join(' ', task["entries"]!.AsArray().Select(entry => (string)entry!["kind"]!)));
        Assert.AreEqual(DeskHost.Noon.AddHours(24), task["decidesItself"]!.GetValue<DateTimeOffset>());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_outcome_is_the_same_in_whatever_order_events_come_and_however_often()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        object[] events =
        [
            DeskHost.Ended(5, TaskOutcome.Answered, "ivan decided", "ivan"), DeskHost.Claimed(4, "ivan"), DeskHost.Opened(),
            new TaskReleased("A-1/task/1", "A-1", DeskHost.Standing(3, TaskState.Open), "olga"), DeskHost.Claimed(2, "olga"), DeskHost.Claimed(4, "ivan"), DeskHost.Opened(),
        ];

        await desk.Publish(Cancellation, events);
        JsonObject? task = null;
        while (task?["entries"]?.AsArray().Count != 5)
        {
            task = await desk.Find(Cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }

        Assert.AreEqual("ended answered Ivan decided.", $"{task["state"]} {task["outcome"]} {task["how"]}");
        Assert.IsNull(task["claimedBy"]);
        Assert.AreEqual("1 2 3 4 5", string.Join(' ', task["entries"]!.AsArray().Select(entry => (int)entry!["sequence"]!)));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Lists_are_filtered_ordered_and_paged()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        for (var number = 1; number <= 5; number++)
        {
            var opened = DeskHost.Opened($"B-{number}", at: DeskHost.Noon.AddHours(number), queue: number == 3 ? "support lead" : "call centre");
            await desk.Publish(Cancellation, opened);
            if (number == 5) await desk.Publish(Cancellation, new TaskEnded(opened.TaskId, opened.OrderId, DeskHost.Standing(2, TaskState.Ended), TaskOutcome.Closed, "the order was cancelled"));
        }
        while ((await List(desk, "?state=ended")).Orders != "B-5" || (await List(desk, "")).Orders.Length != 15) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);

        Assert.AreEqual("B-1 B-2 B-3 B-4", (await List(desk, "")).Orders);
        Assert.AreEqual("B-4 B-3 B-2 B-1", (await List(desk, "?sort=newest")).Orders);
        Assert.AreEqual("B-3", (await List(desk, "?queue=support+lead")).Orders);
        Assert.AreEqual("B-2", (await List(desk, "?order=B-2")).Orders);
        Assert.AreEqual("", (await List(desk, "?state=claimed")).Orders);
        foreach (var sort in new[] { "urgent", "newest" })
        {
            var (orders, next) = await List(desk, $"?limit=3&sort={sort}");
            var (rest, end) = await List(desk, $"?limit=3&sort={sort}&cursor={next}");
            Assert.AreEqual((await List(desk, $"?sort={sort}")).Orders, $"{orders} {rest}");
            Assert.IsNull(end);
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow("?state=lost", "state is 'lost'")]
    [DataRow("?sort=best", "sort is 'best'")]
    [DataRow("?limit=0", "limit is '0'")]
    [DataRow("?cursor=nonsense", "cursor is not one")]
    public async Task A_list_that_can_not_be_is_refused_with_what_would_be_right(string query, string fault)
    {
        await using var desk = await DeskHost.Start(Cancellation);
        using var answer = await desk.Olga.GetAsync($"/v1/tasks{query}", Cancellation);
        Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(fault, (string)(await DeskHost.Json(answer, Cancellation))["detail"]!);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_list_can_be_followed_live_and_taken_up_where_it_was_left()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        await desk.Arrive(Cancellation, DeskHost.Opened());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/tasks/events");
        using var stream = await desk.Olga.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancellation));
        Assert.AreEqual("retry: 3000", await reader.ReadLineAsync(Cancellation));

        await desk.Publish(Cancellation, DeskHost.Claimed(2, "olga"));

        var told = await Event(reader);
        Assert.AreEqual("claimed olga", $"{told.Task["state"]} {told.Task["claimedBy"]}");

        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/tasks/events") { Headers = { { "Last-Event-ID", $"{told.Id - 1}" } } };
        using var second = await desk.Ivan.SendAsync(again, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var secondReader = new StreamReader(await second.Content.ReadAsStreamAsync(Cancellation));
        Assert.AreEqual(told.Id, (await Event(secondReader)).Id);
    }

    async Task<(string Orders, string? Next)> List(DeskHost desk, string query)
    {
        using var answer = await desk.Olga.GetAsync($"/v1/tasks{query}", Cancellation);
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        var list = await DeskHost.Json(answer, Cancellation);
        return (string.Join(' ', list["items"]!.AsArray().Select(item => (string)item!["orderId"]!)), (string?)list["nextCursor"]);
    }

    async Task<(long Id, JsonNode Task)> Event(StreamReader reader)
    {
        long id = 0;
        while (true)
        {
            var line = await reader.ReadLineAsync(Cancellation);
            if (line!.StartsWith("id: ", StringComparison.Ordinal)) id = long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture);
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return (id, JsonNode.Parse(line[6..])!);
        }
    }
}

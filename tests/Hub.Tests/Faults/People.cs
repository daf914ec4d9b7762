using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Call centre and support desk: they decide what customers get instead, call whom nothing else reaches, have failed messages retried, and have systems asked again.</summary>
sealed class People(Door door, IReadOnlyList<Purchase> purchases, int seed)
{
    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    readonly Dictionary<string, Purchase> _purchases = purchases.ToDictionary(purchase => purchase.Id);
    readonly Random _chance = new(seed + 2);
    int _decisions;
    int _calls;
    int _retries;
    int _resumptions;

    public async Task Work(CancellationToken evening)
    {
        try
        {
            while (true)
            {
                await Decide(evening);
                await Retry(evening);
                await Resume(evening);
                await Task.Delay(BetweenLooks, TimeProvider.System, evening);
            }
        }
        catch (OperationCanceledException) when (evening.IsCancellationRequested)
        {
            // They go home.
        }
    }

    public async Task<IEnumerable<string>> StillToDo(CancellationToken cancellation)
    {
        var failed = await List("api/errors?status=unresolved,retryissued", cancellation);
        var tasks = await List("v1/tasks?limit=100", cancellation);
        var attention = await List("v1/attention", cancellation);
        return
        [
            .. failed.Select(error => $"A message failed: {error["message_type"]} {error["exception"]?["stack_trace"]}"),
            .. tasks.Select(task => $"A task waits: {task.ToJsonString()}"), .. attention.Select(order => $"An order waits for a person: {order.ToJsonString()}"),
        ];
    }

    public override string ToString() => $"{_decisions} decisions, {_calls} calls, {_retries} retries, {_resumptions} resumptions";

    async Task Decide(CancellationToken cancellation)
    {
        foreach (var task in await List("v1/tasks?limit=100", cancellation))
        {
            if (!_purchases.TryGetValue((string)task["orderId"]!, out var purchase) || purchase.Chance.Next(3) == 0) continue;
            var id = (string)task["taskId"]!;
            if (await door.SupportAsks(HttpMethod.Post, $"v1/tasks/{id}/claim", body: null, cancellation) is not { IsYes: true } || purchase.Chance.Next(4) == 0) continue;
            if (await door.SupportAsks(HttpMethod.Get, $"v1/tasks/{id}", body: null, cancellation) is not { IsYes: true } asked) continue;
            var isCall = (string)asked.Body!["kind"]! == "call";
            var decision = isCall ? new JsonObject { ["reached"] = purchase.Chance.Next(4) > 0 } : Decision(asked.Body, purchase.Chance);
            var answer = await door.SupportAsks(HttpMethod.Post, $"v1/tasks/{id}/answer", decision, cancellation);
            if (answer is { IsYes: true } && isCall) _calls++;
            else if (answer is { IsYes: true }) _decisions++;

            // Somebody or something else was faster; but a decision that can't be read is the test's fault.
            Assert.AreNotEqual(HttpStatusCode.UnprocessableEntity, answer?.Status, $"{id}: {answer?.Body} to {asked.Body}");
        }
    }

    async Task Retry(CancellationToken cancellation)
    {
        var failed = await List("api/errors?status=unresolved", cancellation);
        if (failed.Count == 0 || _chance.Next(3) == 0) return;
        var ids = new JsonArray([.. failed.Select(error => error["id"]!.DeepClone())]);
        if (await door.SupportAsks(HttpMethod.Post, "api/errors/retry", ids, cancellation) is { IsYes: true }) _retries += ids.Count;
    }

    async Task Resume(CancellationToken cancellation)
    {
        foreach (var order in await List("v1/attention", cancellation))
        {
            if (_chance.Next(3) == 0) continue;
            if (await door.SupportAsks(HttpMethod.Post, $"v1/orders/{order["orderId"]}/resume", body: new JsonObject(), cancellation) is { IsYes: true }) _resumptions++;
        }
    }

    async Task<IReadOnlyList<JsonNode>> List(string path, CancellationToken cancellation) =>
        await door.SupportAsks(HttpMethod.Get, path, body: null, cancellation) switch
        {
            { IsYes: true, Body: JsonArray all } => [.. all.Select(one => one!)],
            { IsYes: true, Body: { } page } => [.. page["items"]!.AsArray().Select(one => one!)],
            _ => [],
        };

    static JsonObject Decision(JsonNode task, Random chance)
    {
        var missing = task["lines"]!.AsArray().Where(line => (bool)line!["missing"]!).ToList();
        var isAll = missing.Count == task["lines"]!.AsArray().Count;
        return chance.Next(5) switch
        {
            0 => new JsonObject { ["cancelReason"] = "the customer wants nothing else" },
            1 when !isAll => new JsonObject { ["lines"] = new JsonArray([.. missing.Select(line => new JsonObject { ["lineId"] = line!["lineId"]!.DeepClone(), ["decision"] = "drop" })]) },
            2 or 3 => Orders.Substitute(3990, agreedTotal: 4740),
            _ => Orders.Substitute(2990),
        };
    }
}

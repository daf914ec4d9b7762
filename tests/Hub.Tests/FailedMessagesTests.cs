using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>A message fails for good, support sees it with its exception, mends the cause and retries it.</summary>
[TestClass]
public sealed class FailedMessagesTests(TestContext test)
{
    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task A_failed_message_is_listed_with_its_exception_and_retried_with_one_request()
    {
        await using var hub = await HubUnderTest.Start(test.CancellationToken);
        await hub.Shop.Pull("bitrix24", "fail-before", "FAIL-1", test.CancellationToken);
        var story = new Telling(hub.Shop, "FAIL-1", _ => { }, test.CancellationToken);
        await story.Place(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "first-order.json"), test.CancellationToken))!.AsObject());

        // The CRM is away, the order is not: it goes its way to the end.
        Assert.AreEqual("completed", (await story.UntilItEnds()).Status);
        var failed = await Until(hub, "unresolved", errors => errors.Count > 0);
        var first = failed[0]!;
        StringAssert.Contains((string?)first["exception"]!["message"], "Bitrix24", StringComparison.OrdinalIgnoreCase);
        Assert.AreEqual("Crm", (string?)first["receiving_endpoint"]!["name"]);

        await hub.Shop.Release("FAIL-1", test.CancellationToken);
        foreach (var error in failed)
        {
            using var retry = await hub.Support.PostAsync(new Uri($"api/errors/{(string?)error!["id"]}/retry", UriKind.Relative), null, test.CancellationToken);
            Assert.AreEqual(HttpStatusCode.Accepted, retry.StatusCode);
        }

        await Until(hub, "resolved", errors => errors.Count >= failed.Count);
        Assert.ContainsSingle(await hub.Shop.Ledger("bitrix24", "FAIL-1", test.CancellationToken));
    }

    async Task<JsonArray> Until(HubUnderTest hub, string status, Func<JsonArray, bool> reached)
    {
        while (true)
        {
            var errors = (await hub.Support.GetFromJsonAsync<JsonArray>($"api/errors?status={status}", test.CancellationToken))!;
            if (reached(errors)) return errors;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, test.CancellationToken);
        }
    }
}

using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;
using Dovetail.Endpoints.Sandbox;

namespace Dovetail.Hub.Tests;

/// <summary>A customer who would rather hear in Telegram, over the real gateway and webhook, until he has had enough of it; and then his mailbox is gone, too.</summary>
[TestClass]
public sealed class TelegramStoryTests(TestContext test)
{
    const long Chat = 4711;

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Each_thing_is_told_once_in_the_chat_then_by_letter_and_then_somebody_calls()
    {
        await using var hub = await HubUnderTest.Start(Cancellation, ("TaskDeadlines:Remind", "00:05:00"), ("TaskDeadlines:Escalate", "00:10:00"), ("TaskDeadlines:Limit", "00:20:00"));
        using var sandbox = new HttpClient { BaseAddress = hub.Sandbox };
        await ListenAtTheGateway(hub, sandbox);
        var customer = $"anna-{Guid.NewGuid():N}";

        await Linked(hub, sandbox, customer);
        await Delivered(hub, "TG-1", customer);
        await EachOnce(hub, "telegram", "text", "TG-1", "Your order TG-1 has arrived");
        Assert.IsEmpty(await hub.Shop.Ledger("mail", "TG-1", Cancellation));

        (await sandbox.PostAsync(new Uri($"control/telegram/{Chat}/blocks", UriKind.Relative), null, Cancellation)).EnsureSuccessStatusCode();
        await Delivered(hub, "TG-2", customer);
        await EachOnce(hub, "mail", "subject", "TG-2", "Your order TG-2 has arrived");
        Assert.IsTrue((await hub.Shop.Ledger("mail", "TG-2", Cancellation)).All(letter => (int)letter!["timesReceived"]! == 1));
        Assert.AreEqual("blocked", (string?)(await Preferences(hub, customer))["telegram"]!["ended"]);
        Assert.IsEmpty(await hub.Shop.Ledger("telegram", "TG-2", Cancellation));

        (await sandbox.PostAsJsonAsync("control/levers", new { system = "mail", effect = "refuse", match = "TG-3" }, Cancellation)).EnsureSuccessStatusCode();
        await Delivered(hub, "TG-3", customer);
        await SomebodyCalls(hub, "TG-3", "OrderDelivered");
    }

    async Task SomebodyCalls(HubUnderTest hub, string orderId, string about)
    {
        async Task<JsonNode> NotReached() => (await hub.Client.GetFromJsonAsync<JsonNode>($"v1/orders/{orderId}/journey", Cancellation))!["notReached"]!.AsArray().FirstOrDefault(one => (string?)one!["about"] == about) ?? new JsonObject();

        await Until(async () => (string?)(await NotReached())["owner"] == "call centre");
        var task = $"{orderId}.letter-{about}.call";
        await Until(async () => (await hub.Support.GetAsync(new Uri($"v1/tasks/{task}", UriKind.Relative), Cancellation)).IsSuccessStatusCode);
        Assert.IsNull((await hub.Support.GetFromJsonAsync<JsonNode>($"v1/tasks/{task}", Cancellation))!["contact"]);
        await hub.Shop.Desk.Claim(task, Cancellation);
        Assert.AreEqual((string)Orders.Order()["customer"]!["phone"]!, (string)(await hub.Support.GetFromJsonAsync<JsonNode>($"v1/tasks/{task}", Cancellation))!["contact"]!["phone"]!);

        await hub.Shop.Desk.Answer(task, new JsonObject { ["reached"] = true }, Cancellation);

        await Until(async () => (string?)(await NotReached())["outcome"] == "demo-support reached the customer by telephone");
        Assert.IsNull((await NotReached())["owner"]);
    }

    /// <summary>The tests' gateway has a port that is known only now, so Telegram is told here what the hub tells it at its start otherwise.</summary>
    static async Task ListenAtTheGateway(HubUnderTest hub, HttpClient sandbox)
    {
        var settings = SandboxRole.Settings(hub.Sandbox, 25).ToDictionary();
        (await sandbox.GetAsync(new Uri(
            $"telegram/bot{settings["Notifications:Telegram:Token"]}/setWebhook?url={hub.Gateway}hooks/telegram&secret_token={settings["Notifications:Telegram:WebhookSecret"]}",
            UriKind.Relative))).EnsureSuccessStatusCode();
    }

    async Task Linked(HubUnderTest hub, HttpClient sandbox, string customer)
    {
        using var asked = await hub.Client.PostAsync(new Uri($"v1/customers/{customer}/notifications/telegram", UriKind.Relative), null, Cancellation);
        var link = (string)(await asked.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["link"]!;
        StringAssert.StartsWith(link, "https://t.me/dovetail_sandbox_bot?start=", StringComparison.Ordinal);

        using var said = await sandbox.PostAsJsonAsync(new Uri($"control/telegram/{Chat}/says", UriKind.Relative), new { text = $"/start {link.Split('=')[1]}" }, Cancellation);
        said.EnsureSuccessStatusCode();
        await Until(async () => (bool)(await Preferences(hub, customer))["telegram"]!["linked"]!);
    }

    async Task Delivered(HubUnderTest hub, string orderId, string customer)
    {
        var order = Orders.Order();
        order["customer"]!["id"] = customer;
        var telling = new Telling(hub.Shop, orderId, _ => { }, Cancellation);
        await telling.Place(order);
        Assert.AreEqual("completed", (await telling.UntilItEnds()).Status);
    }

    /// <summary>What is news is left out where something later was told already, so on a slow machine there may be less of it; never twice.</summary>
    async Task EachOnce(HubUnderTest hub, string system, string told, string orderId, string last)
    {
        async Task<List<string>> Texts() => [.. (await hub.Shop.Ledger(system, orderId, Cancellation)).Select(document => ((string)document![told]!).Split('\n')[0])];

        await Until(async () => (await Texts()).Contains(last));
        CollectionAssert.AllItemsAreUnique(await Texts());
    }

    async Task<JsonNode> Preferences(HubUnderTest hub, string customer) =>
        (await hub.Client.GetFromJsonAsync<JsonNode>($"v1/customers/{customer}/notifications", Cancellation))!;

    async Task Until(Func<Task<bool>> reached)
    {
        while (!await reached())
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation);
    }
}

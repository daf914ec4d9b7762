using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Notifications.Preferences;
using Dovetail.Endpoints.Notifications.Telegram;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Notifications;

/// <summary>What shops say of their customers, and what customers say to the bot.</summary>
[TestClass]
public sealed class PreferencesTests(TestContext test)
{
    const string Path = "/v1/customers/C-1/notifications";
    const long Chat = 101;

    static readonly JsonNode Wish = JsonNode.Parse("""
        { "channel": "email", "language": "ru", "quietHours": { "from": "22:00", "to": "08:30", "timeZone": "Europe/Moscow" },
          "marketing": { "agrees": true, "source": "checkout" } }
        """)!;

    readonly ManualClock _clock = new();

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Are_those_of_one_shops_customer_and_replace_what_was_wished_before()
    {
        await using var role = await Start();
        Assert.AreEqual("""{"customerId":"C-1","channel":"telegram","telegram":{"linked":false,"since":null,"ended":null},"language":null,"quietHours":null,"marketing":null}""",
            await role.Shop.GetStringAsync(Path, Cancellation));

        var set = await Put(role.Shop, Wish);
        Assert.AreEqual("""{"from":"22:00","to":"08:30","timeZone":"Europe/Moscow"}""", set["quietHours"]!.ToJsonString());
        Assert.AreEqual(("email", "ru", true, "checkout"), ((string)set["channel"]!, (string)set["language"]!, (bool)set["marketing"]!["agrees"]!, (string)set["marketing"]!["source"]!));
        Assert.AreEqual(set.ToJsonString(), (await role.Shop.GetFromJsonAsync<JsonNode>(Path, Cancellation))!.ToJsonString());
        Assert.AreEqual("telegram", (string?)(await role.Role.Client("shop-2", "shop").GetFromJsonAsync<JsonNode>(Path, Cancellation))!["channel"]);

        var less = await Put(role.Shop, new JsonObject());
        Assert.AreEqual((null, null, "telegram"), (less["quietHours"], less["language"], (string?)less["channel"]));
        Assert.AreEqual(set["marketing"]!.ToJsonString(), less["marketing"]!.ToJsonString());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Every_change_of_a_consent_is_kept_and_a_repetition_is_none()
    {
        await using var role = await Start();
        foreach (var (agrees, source) in new[] { (true, "checkout"), (true, "checkout"), (false, "account"), (true, "account") })
            await Put(role.Shop, new JsonObject { ["marketing"] = new JsonObject { ["agrees"] = agrees, ["source"] = source } });

        await using var context = await role.Role.App.Services.GetRequiredService<Microsoft.EntityFrameworkCore.IDbContextFactory<NotificationsContext>>().CreateDbContextAsync(Cancellation);
        Assert.AreEqual("True checkout, False account, True account", string.Join(", ", context.Consents.OrderBy(row => row.Id).AsEnumerable().Select(row => $"{row.Agrees} {row.Source}")));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Faults_are_all_named_at_once()
    {
        await using var role = await Start();
        using var answer = await role.Shop.PutAsJsonAsync(Path, JsonNode.Parse("""
            { "channel": "pigeon", "language": "tlh", "quietHours": { "from": "25:00", "to": "8", "timeZone": "Atlantis" }, "marketing": { "agrees": "yes" }, "colour": 1 }
            """), Cancellation);

        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation);
        Assert.AreEqual(
            "#/channel #/language #/quietHours/from #/quietHours/to #/quietHours/timeZone #/marketing/agrees #/marketing/source #/colour",
            string.Join(' ', problem!["errors"]!.AsArray().Select(fault => (string?)fault!["pointer"])));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_link_is_good_once_and_for_a_while()
    {
        await using var host = await SandboxHost.Start(Cancellation, _clock);
        host.Services.GetRequiredService<Endpoints.Sandbox.Telegram.TelegramBook>().Says(Chat, "/start", "Zoë");
        var notifications = host.Connect(NotificationsEndpoint.AddServices);
        var (token, _) = await notifications.GetRequiredService<TelegramLinks>().NewToken("shop-1", "C-1", Cancellation);
        var (late, expires) = await notifications.GetRequiredService<TelegramLinks>().NewToken("shop-1", "C-2", Cancellation);

        await Write(notifications, Chat, $"/start {token}", "de");
        await Write(notifications, Chat, $"/start {token}", "ru");
        await Write(notifications, 102, $"/start {token}", "en");
        Assert.IsTrue((await LookUp(notifications)).PrefersTelegram);

        _clock.Advance(expires - _clock.GetUtcNow());
        await Write(notifications, Chat, $"/start {late}", "en");
        await Write(notifications, Chat, "/stop now", "en");
        Assert.IsFalse((await LookUp(notifications)).HasTelegram);

        // Nobody had spoken as 102, so the bot may not write there.
        CollectionAssert.AreEqual(
            new[] { "From now on you", "Теперь о ваших ", "This link was u", "You hear nothin" },
            (await host.Documents("telegram", null, Cancellation)).Select(message => ((string)message!["text"]!)[..15]).ToArray());
    }

    [TestMethod]
    [DataRow("/start abc", nameof(TelegramWish.Link))]
    [DataRow("/start", nameof(TelegramWish.Start))]
    [DataRow(" /stop ", nameof(TelegramWish.Stop))]
    public void Of_what_people_write_only_the_wish_goes_on(string text, string wish)
    {
        var taken = Assert.IsInstanceOfType<HookVerdict.Taken>(Judge(Update(text)));

        var command = Assert.IsInstanceOfType<AnswerTelegram>(taken.Message);
        Assert.AreEqual((Chat, wish, "ru"), (command.ChatId, command.Wish.ToString(), command.Language!));
        Assert.AreEqual(("500", """{"update_id":500}"""), (taken.EventId!, taken.Kept!));
        Assert.DoesNotContain("abc", command.ToString());
    }

    [TestMethod]
    public void What_Telegram_did_not_send_is_refused()
    {
        foreach (var secret in new[] { "", "s-2", "s-1 " })
            Assert.AreEqual(401, Assert.IsInstanceOfType<HookVerdict.Refused>(Judge(Update("/stop"), secret)).Status);
        foreach (var body in new[] { "", "[]", "1", "{}", """{ "update_id": "x" }""", """{ "update_id": 1, "message": { "chat": { "type": "private" } } }""" })
            Assert.AreEqual(400, Assert.IsInstanceOfType<HookVerdict.Refused>(Judge(body)).Status, body);
    }

    [TestMethod]
    [DataRow("/started")]
    [DataRow("where is my order?")]
    [DataRow("")]
    public void Chatter_is_neither_kept_nor_answered(string text) => Assert.IsInstanceOfType<HookVerdict.NotNeeded>(Judge(Update(text)));

    [TestMethod]
    public void Groups_and_other_kinds_of_updates_are_nobodys_business()
    {
        Assert.IsInstanceOfType<HookVerdict.NotNeeded>(Judge(Update("/start abc").Replace("private", "supergroup", StringComparison.Ordinal)));
        Assert.IsInstanceOfType<HookVerdict.NotNeeded>(Judge("""{ "update_id": 1, "edited_message": {} }"""));
    }

    static HookVerdict Judge(string body, string secret = "s-1") =>
        new TelegramHook(Options.Create(new TelegramOptions { WebhookSecret = "s-1" })).Judge(new(
            IPAddress.Loopback, "", new HeaderDictionary { ["X-Telegram-Bot-Api-Secret-Token"] = secret }, System.Text.Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch));

    static string Update(string text) => new JsonObject
    {
        ["update_id"] = 500,
        ["message"] = new JsonObject
        {
            ["message_id"] = 1, ["from"] = new JsonObject { ["language_code"] = "ru" }, ["chat"] = new JsonObject { ["id"] = Chat, ["type"] = "private" }, ["text"] = text,
        },
    }.ToJsonString();

    Task<VendorRole> Start() => VendorRole.Start(NotificationsEndpoint.Name, NotificationsEndpoint.AddWebServices, NotificationsEndpoint.Map, Cancellation);

    async Task<JsonNode> Put(HttpClient shop, JsonNode wish)
    {
        using var answer = await shop.PutAsJsonAsync(Path, wish, Cancellation);
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }

    async Task Write(IServiceProvider notifications, long chat, string text, string language) =>
        await Recording.Of<AnswerTelegramHandler, AnswerTelegram>(notifications, TelegramHook.Read(chat, text, language)!, Cancellation);

    async Task<PreferencesFound> LookUp(IServiceProvider notifications) => (PreferencesFound)Assert.ContainsSingle(
        (await Recording.Of<LookUpPreferencesHandler, LookUpPreferences>(notifications, new("n", "shop-1", "C-1"), Cancellation)).Replies);
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class Bitrix24OfflineEventsTests(TestContext test) : IDisposable
{
    readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_object_has_one_record_until_it_is_taken_and_a_new_one_while_that_is_reserved()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var call = await Application(host);
        await call("event.bind?event=OnCrmDealUpdate&event_type=offline&auth_connector=hub");
        await call("crm.deal.add?fields[TITLE]=one");
        await call("crm.deal.update?id=1&fields[TITLE]=two");
        await call("crm.deal.update?id=1&fields[TITLE]=three");
        await call("crm.deal.update?id=1&fields[TITLE]=ours&auth_connector=hub");

        var taken = await call("event.offline.get?clear=0&auth_connector=hub");
        var one = Assert.ContainsSingle(taken["result"]!["events"]!.AsArray())!;
        Assert.AreEqual(("ONCRMDEALUPDATE", "1"), ((string?)one["EVENT_NAME"], (string?)one["EVENT_DATA"]!["FIELDS"]!["ID"]));
        Assert.IsEmpty((await call("event.offline.get?clear=0&auth_connector=hub"))["result"]!["events"]!.AsArray());

        await call("crm.deal.update?id=1&fields[TITLE]=four");
        Assert.HasCount(2, (await call("event.offline.list"))["result"]!.AsArray());
        var process = (string?)taken["result"]!["process_id"];
        Assert.HasCount(1, (await call($"event.offline.get?clear=0&auth_connector=hub&process_id={process}"))["result"]!["events"]!.AsArray(), "What was reserved can be had again by its id.");

        await call($"event.offline.clear?process_id={process}&id[]={one["ID"]}");
        await host.Restart(test.CancellationToken);
        call = Call(host, "sandbox-access-1");
        var rest = Assert.ContainsSingle((await call("event.offline.list"))["result"]!.AsArray())!;
        Assert.AreEqual("", (string?)rest["PROCESS_ID"]);
        Assert.HasCount(1, (await call("event.offline.get?auth_connector=hub"))["result"]!["events"]!.AsArray());
        Assert.IsEmpty((await call("event.offline.list"))["result"]!.AsArray(), "Without clear=0 taking is clearing.");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_could_not_be_handled_is_kept_apart()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var call = await Application(host);
        await call("event.bind?event=ONCRMDEALUPDATE&event_type=offline");
        await call("crm.deal.add?fields[TITLE]=one");
        await call("crm.deal.update?id=1&fields[TITLE]=two");
        var taken = (await call("event.offline.get?clear=0"))["result"]!;

        await call($"event.offline.error?process_id={taken["process_id"]}&message_id[]={taken["events"]![0]!["MESSAGE_ID"]}");

        Assert.IsEmpty((await call("event.offline.get?clear=0"))["result"]!["events"]!.AsArray());
        Assert.HasCount(1, (await call("event.offline.get?clear=0&error=1"))["result"]!["events"]!.AsArray());
        Assert.AreEqual("ONCRMDEALUPDATE", (string?)(await call("event.get"))["result"]![0]!["event"]);
        Assert.AreEqual(1, (int)(await call("event.unbind?event=ONCRMDEALUPDATE&event_type=offline"))["result"]!["count"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("rest/1/sandbox-code/event.get", HttpStatusCode.Forbidden, "WRONG_AUTH_TYPE")]
    [DataRow("rest/crm.deal.list?auth=stolen", HttpStatusCode.Unauthorized, "invalid_token")]
    [DataRow("oauth/token/?grant_type=refresh_token&client_id=sandbox-application&client_secret=sandbox-application-secret&refresh_token=old", HttpStatusCode.BadRequest, "invalid_grant")]
    [DataRow("oauth/token/?grant_type=refresh_token&client_id=other&client_secret=other&refresh_token=sandbox-refresh-token", HttpStatusCode.Unauthorized, "invalid_client")]
    public async Task Says_no_to_who_may_not(string call, HttpStatusCode status, string error)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        using var answer = await _http.GetAsync(new Uri(host.Address, $"bitrix24/{call}"), test.CancellationToken);

        Assert.AreEqual(status, answer.StatusCode);
        Assert.AreEqual(error, (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["error"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_sales_people_change_a_deal_on_the_page()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var call = await Application(host);
        await call("crm.deal.add?fields[ORIGIN_ID]=A-1");
        using var form = new FormUrlEncodedContent([new("order", "A-1"), new("stage", "LOSE"), new("amount", "")]);

        using var page = await _http.PostAsync(new Uri(host.Address, "control/bitrix24/deal"), form, test.CancellationToken);

        Assert.Contains("Change a deal as the sales people would", await page.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.AreEqual("F", (string?)(await call("crm.deal.get?id=1"))["result"]!["STAGE_SEMANTIC_ID"]);
    }

    async Task<Func<string, Task<JsonObject>>> Application(SandboxHost host)
    {
        var token = await _http.GetFromJsonAsync<JsonObject>(new Uri(
            host.Address, "bitrix24/oauth/token/?grant_type=refresh_token&client_id=sandbox-application&client_secret=sandbox-application-secret&refresh_token=sandbox-refresh-token"), test.CancellationToken);
        return Call(host, (string)token!["access_token"]!);
    }

    Func<string, Task<JsonObject>> Call(SandboxHost host, string token) => async call =>
        (await _http.GetFromJsonAsync<JsonObject>(new Uri(host.Address, $"bitrix24/rest/{call}{(call.Contains('?', StringComparison.Ordinal) ? '&' : '?')}auth={token}"), test.CancellationToken))!;
}

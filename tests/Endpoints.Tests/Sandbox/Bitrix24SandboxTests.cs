using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class Bitrix24SandboxTests(TestContext test) : IDisposable
{
    readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Takes_query_form_and_JSON_alike_and_answers_with_strings()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var portal = new Uri(host.Address, "bitrix24/rest/1/sandbox-code/");

        await _http.GetAsync(new Uri(portal, "crm.deal.add?fields[TITLE]=query&fields[OPPORTUNITY]=10&fields[CONTACT_IDS][0]=7"), test.CancellationToken);
        using var form = new FormUrlEncodedContent([new("fields[TITLE]", "form"), new("fields[OPPORTUNITY]", "20.5"), new("fields[CONTACT_IDS][]", "7")]);
        await _http.PostAsync(new Uri(portal, "CRM.Deal.Add.json"), form, test.CancellationToken);
        using var json = new StringContent("""{"fields":{"TITLE":"json","OPPORTUNITY":30,"CONTACT_IDS":[7]}}""", Encoding.UTF8, "application/json");
        await _http.PostAsync(new Uri(portal, "crm.deal.add"), json, test.CancellationToken);

        var all = await Call(portal, "crm.deal.list?order[ID]=DESC");
        Assert.AreEqual(3, (int)all["total"]!);
        var deals = all["result"]!.AsArray().Select(deal => $"{deal!["TITLE"]} {deal["OPPORTUNITY"]} {deal["CONTACT_ID"]}");
        Assert.AreEqual("json 30.00 7|form 20.50 7|query 10.00 7", string.Join('|', deals));
        Assert.IsNotNull(all["time"]!["operating"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("filter[>OPPORTUNITY]=10&filter[<%3DOPPORTUNITY]=30", "2,3")]
    [DataRow("filter[@TITLE][]=deal 1&filter[@TITLE][]=deal 3", "1,3")]
    [DataRow("filter[!TITLE]=deal 2&start=-1", "1,3,4")]
    [DataRow("filter[%25TITLE]=EAL 4", "4")]
    [DataRow("filter[%3D%25TITLE]=%25l 1", "1")]
    public async Task Filters_lists(string query, string expected)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var portal = new Uri(host.Address, "bitrix24/rest/1/sandbox-code/");
        for (var number = 1; number <= 4; number++)
            await Call(portal, $"crm.deal.add?fields[TITLE]=deal {number}&fields[OPPORTUNITY]={number}0");

        var found = await Call(portal, $"crm.deal.list?select[]=ID&{query}");

        Assert.AreEqual(expected, string.Join(',', found["result"]!.AsArray().Select(deal => (string?)deal!["ID"])));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Turns_pages_of_fifty_and_remembers_after_a_restart()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        for (var number = 1; number <= 51; number++)
            await Call(new Uri(host.Address, "bitrix24/rest/1/sandbox-code/"), $"crm.contact.add?fields[NAME]=n{number}");

        await host.Restart(test.CancellationToken);

        var portal = new Uri(host.Address, "bitrix24/rest/1/sandbox-code/");
        var first = await Call(portal, "crm.contact.list");
        var second = await Call(portal, "crm.contact.list?start=50");
        Assert.AreEqual((50, 50, 1), (first["result"]!.AsArray().Count, (int)first["next"]!, second["result"]!.AsArray().Count));
        Assert.AreEqual(52, (int)(await Call(portal, "crm.contact.add?fields[NAME]=n52"))["result"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("0", "1", "3")]
    [DataRow("1", "1", "2")]
    public async Task Runs_a_batch_in_which_a_command_uses_an_earlier_answer(string halt, string errors, string results)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var batch = """
            {"halt":HALT,"cmd":{"who":"crm.contact.add?fields[NAME]=Anna","deal":"crm.deal.add?fields[TITLE]=A%26B&fields[CONTACT_IDS][]=$result[who]",
             "none":"crm.deal.get?id=99","all":"crm.deal.list?filter[CONTACT_ID]=$result[who]"}}
            """.Replace("HALT", halt, StringComparison.Ordinal);

        using var content = new StringContent(batch, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(host.Address, "bitrix24/rest/1/sandbox-code/batch"), content, test.CancellationToken);

        var result = (await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["result"]!;
        Assert.AreEqual((errors, results), ($"{result["result_error"]!.AsObject().Count}", $"{result["result"]!.AsObject().Count}"));
        Assert.AreEqual("Not found", (string?)result["result_error"]!["none"]!["error_description"]);
        if (halt == "0")
            Assert.AreEqual("A&B", (string?)result["result"]!["all"]![0]!["TITLE"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("sandbox-code", "crm.deal.get?id=1", HttpStatusCode.BadRequest, "")]
    [DataRow("sandbox-code", "crm.deal.fly", HttpStatusCode.NotFound, "ERROR_METHOD_NOT_FOUND")]
    [DataRow("wrong", "crm.deal.list", HttpStatusCode.Unauthorized, "NO_AUTH_FOUND")]
    public async Task Says_no_in_the_portals_words(string code, string call, HttpStatusCode status, string error)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        using var answer = await _http.GetAsync(new Uri(host.Address, $"bitrix24/rest/1/{code}/{call}"), test.CancellationToken);

        Assert.AreEqual(status, answer.StatusCode);
        Assert.AreEqual(error, (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["error"]);
    }

    async Task<JsonObject> Call(Uri portal, string call) => (await _http.GetFromJsonAsync<JsonObject>(new Uri(portal, call), test.CancellationToken))!;
}

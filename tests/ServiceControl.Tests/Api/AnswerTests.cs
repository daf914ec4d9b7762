using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Dovetail.ServiceControl.Tests.Api;

/// <summary>The answers, field by field, beside those of the real platform for the same messages.</summary>
[TestClass]
public sealed class AnswerTests(TestContext test)
{
    const string Charge = "59d4908e-679a-d6d6-55ce-84e1b275fb4f";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_last_failure_of_a_message_reads_as_on_the_real_platform()
    {
        await using var control = await WithFailedCharge();

        AreSame(Capture.Answer("answer-errors-last.json"), await control.Json($"/api/errors/last/{Charge}", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_failed_message_reads_as_on_the_real_platform()
    {
        await using var control = await WithFailedCharge();

        var answer = await control.Json($"/api/errors/{Charge}", test.CancellationToken);

        Assert.AreEqual("unresolved", (string?)answer["status"]);
        string[] groups =
        [
            "53bf5cbe-2607-62ac-7d39-892a7c8f65d9 Exception Type and Stack Trace: System.InvalidOperationException: ChargeCardHandler.Handle(ChargeCard m, IMessageHandlerContext c)",
            "13548a44-3a3a-6aa6-7d99-078ec7b01cac Message Type: ChargeCard",
            "3ffe65d1-a25f-58cf-9eb2-e113bc94f084 Endpoint Address: \"public\".\"Billing\"",
            "46e3d60e-b95c-d3a6-ced3-c7166fbc45c5 Endpoint Instance: Sales-instance-1",
            "0f0ac07b-c753-03e9-ff7a-743e06730682 Endpoint Name: Billing",
        ];
        CollectionAssert.AreEqual(groups, answer["failure_groups"]!.AsArray().Select(group => $"{group!["id"]} {group["type"]}: {group["title"]}").ToArray());
        answer.AsObject().Remove("status");
        answer.AsObject().Remove("failure_groups");
        AreSame(Capture.Answer("answer-errors-one.json"), answer);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_list_of_failures_counts_in_headers()
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Client.GetAsync(
            "/api/errors?status=unresolved&page=1&per_page=2&sort=time_of_failure&direction=desc", test.CancellationToken);

        var list = JsonNode.Parse(await answer.Content.ReadAsStringAsync(test.CancellationToken))!.AsArray();
        AreSame(Capture.Answer("answer-errors-last.json"), list.Single()!);
        Assert.AreEqual("1", Header(answer, "Total-Count"));
        Assert.AreEqual("6.18.3", Header(answer, "X-Particular-Version"));
        Assert.AreEqual("private, max-age=0", Header(answer, "Cache-Control").Replace("max-age=0, private", "private, max-age=0", StringComparison.Ordinal));
        Assert.AreEqual("application/json; charset=utf-8", $"{answer.Content.Headers.ContentType}");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_has_the_list_already_gets_304()
    {
        await using var control = await WithFailedCharge();
        using var first = await control.Client.GetAsync("/api/errors", test.CancellationToken);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/errors");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await control.Client.SendAsync(request, test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.NotModified, second.StatusCode);
        Assert.AreEqual("", await second.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task HEAD_tells_the_count_alone()
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Client.SendAsync(new(HttpMethod.Head, "/api/errors?status=unresolved"), test.CancellationToken);

        Assert.AreEqual("1", Header(answer, "Total-Count"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("status=unresolved", 1)]
    [DataRow("status=Resolved,RetryIssued", 0)]
    [DataRow("status=-unresolved", 0)]
    [DataRow("status=-archived", 1)]
    [DataRow("queueaddress=%22public%22.%22Billing%22", 1)]
    [DataRow("queueaddress=Billing", 0)]
    [DataRow("modified=2026-11-21T19:00:00Z...2026-11-21T20:00:00Z", 1)]
    [DataRow("modified=2026-11-20T19:00:00Z...2026-11-20T20:00:00Z", 0)]
    public async Task Failures_are_filtered(string query, int expected)
    {
        await using var control = await WithFailedCharge();

        Assert.HasCount(expected, (await control.Json($"/api/errors?{query}", test.CancellationToken)).AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_filter_that_makes_no_sense_is_refused()
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Client.GetAsync("/api/errors?modified=yesterday", test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_failures_of_an_endpoint_are_its_own()
    {
        await using var control = await WithFailedCharge();

        Assert.HasCount(1, (await control.Json("/api/endpoints/Billing/errors", test.CancellationToken)).AsArray());
        Assert.HasCount(0, (await control.Json("/api/endpoints/Sales/errors", test.CancellationToken)).AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_audited_message_reads_as_on_the_real_platform()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("audit", Capture.Message("audited-reply.json"));
        await control.Drained("audit", test.CancellationToken);

        var answer = (await control.Json("/api/messages?per_page=1", test.CancellationToken)).AsArray().Single()!.AsObject();
        var expected = Capture.Answer("answer-messages.json").AsArray().Single()!.AsObject();

        // Ours to choose: clients only hand them back.
        StringAssert.StartsWith((string)answer["body_url"]!, "/messages/");
        StringAssert.EndsWith((string)answer["body_url"]!, $"/body?instance_id={answer["instance_id"]}");
        foreach (var opaque in new[] { "id", "body_url", "instance_id" })
            Assert.IsTrue(answer.Remove(opaque) && expected.Remove(opaque), opaque);
        AreSame(expected, answer);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_failed_message_stands_in_the_list_of_all_messages_too()
    {
        await using var control = await WithFailedCharge();

        var answer = (await control.Json("/api/messages", test.CancellationToken)).AsArray().Single()!;

        Assert.AreEqual(Charge, (string?)answer["id"]);
        Assert.AreEqual("failed", (string?)answer["status"]);
        Assert.AreEqual("2026-11-21T19:28:09.326806Z", (string?)answer["processed_at"]);
        foreach (var duration in new[] { "critical_time", "processing_time", "delivery_time" })
            Assert.AreEqual("00:00:00", (string?)answer[duration], duration);
        Assert.AreEqual("OrderSaga", (string?)answer["originates_from_saga"]!["saga_type"]);
        Assert.IsNull(answer["invoked_sagas"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("59d4908e-679a-d6d6-55ce-84e1b275fb4f")]
    [DataRow("377ee704-469f-4b32-afc3-b5090140d0ab")]
    public async Task A_body_is_found_by_its_id_and_by_the_message_id(string id)
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Client.GetAsync($"/api/messages/{id}/body", test.CancellationToken);

        Assert.AreEqual("""{"OrderId":"O-192802-18","Amount":180}""", await answer.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.AreEqual("application/json", $"{answer.Content.Headers.ContentType}");
        Assert.AreEqual(38, answer.Content.Headers.ContentLength);
        Assert.AreEqual($"\"{id}\"", $"{answer.Headers.ETag}");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("/api/messages/nope/body", HttpStatusCode.NotFound)]
    [DataRow("/api/messages/59d4908e-679a-d6d6-55ce-84e1b275fb4f/body?instance_id=bogus", HttpStatusCode.BadRequest)]
    [DataRow("/api/errors/nope", HttpStatusCode.NotFound)]
    [DataRow("/api/errors/last/nope", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_told_as_a_problem(string path, HttpStatusCode status)
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Client.GetAsync(path, test.CancellationToken);

        Assert.AreEqual(status, answer.StatusCode);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken);
        foreach (var member in new[] { "type", "title", "status", "traceId" })
            Assert.IsTrue(problem!.ContainsKey(member), member);
        Assert.AreEqual("6.18.3", Header(answer, "X-Particular-Version"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Long_lists_are_paged_by_links()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var original = Capture.Message("audited-reply.json");
        control.Queues.Put("audit", Enumerable.Range(0, 60).Select(n => original.With(("NServiceBus.MessageId", $"m-{n:00}"))));
        await control.Drained("audit", test.CancellationToken);

        using var answer = await control.Client.GetAsync("/api/messages/?per_page=25&page=2&sort=message_id&direction=asc", test.CancellationToken);

        string[] links =
        [
            """<messages?per_page=25&sort=message_id&direction=asc&page=1>; rel="first" """,
            """<messages?per_page=25&sort=message_id&direction=asc&page=1>; rel="prev" """,
            """<messages?per_page=25&sort=message_id&direction=asc&page=3>; rel="last" """,
            """<messages?per_page=25&sort=message_id&direction=asc&page=3>; rel="next" """,
        ];
        CollectionAssert.AreEqual(links.Select(link => link.Trim()).ToArray(), answer.Headers.GetValues("Link").ToArray());
        Assert.AreEqual("60", Header(answer, "Total-Count"));
        var ids = JsonNode.Parse(await answer.Content.ReadAsStringAsync(test.CancellationToken))!.AsArray().Select(message => (string)message!["message_id"]!).ToArray();
        CollectionAssert.AreEqual(Enumerable.Range(25, 25).Select(n => $"m-{n:00}").ToArray(), ids);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("id")]
    [DataRow("message_type")]
    [DataRow("status")]
    [DataRow("processed_at")]
    [DataRow("critical_time")]
    [DataRow("delivery_time")]
    [DataRow("processing_time")]
    [DataRow("time_sent")]
    [DataRow("modified")]
    [DataRow("anything else")]
    public async Task Every_order_that_clients_ask_for_is_there(string sort)
    {
        await using var control = await WithFailedCharge();

        Assert.HasCount(1, (await control.Json($"/api/messages?sort={sort}&direction=asc", test.CancellationToken)).AsArray());
        Assert.HasCount(1, (await control.Json($"/api/errors?sort={sort}", test.CancellationToken)).AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_conversation_shows_its_messages()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("audit", Capture.Messages("audited.json"));
        await control.Drained("audit", test.CancellationToken);

        var answer = (await control.Json("/api/conversations/c9357657-6371-4a8f-a6fc-b509013c40b4?page=0", test.CancellationToken)).AsArray();

        CollectionAssert.AreEquivalent(
            new[] { "Shop.Messages.PlaceOrder", "Shop.Messages.OrderPlaced", "Shop.Messages.BillingAccepted", "OrderTimeout" },
            answer.Select(message => (string)message!["message_type"]!).ToArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("/api")]
    [DataRow("/api/")]
    public async Task The_root_names_the_calls_as_the_browser_sees_them(string path)
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-Forwarded-Proto", "https" }, { "X-Forwarded-Host", "hub.example" } } };

        using var answer = await control.Client.SendAsync(request, test.CancellationToken);

        var root = JsonNode.Parse(await answer.Content.ReadAsStringAsync(test.CancellationToken))!;
        Assert.AreEqual("https://hub.example/api/errors/{?page,per_page,direction,sort}", (string?)root["errors_url"]);
        Assert.AreEqual("ServiceControl", (string?)root["name"]);
    }

    async Task<TestControl> WithFailedCharge()
    {
        var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("error", Capture.Message("failed-charge.json"));
        await control.Drained("error", test.CancellationToken);
        return control;
    }

    static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    static void AreSame(JsonNode expected, JsonNode actual) =>
        Assert.IsTrue(JsonNode.DeepEquals(expected, actual), $"Expected:\n{expected}\n\nActual:\n{actual}");
}

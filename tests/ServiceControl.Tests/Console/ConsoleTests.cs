using System.Net;
using System.Text;
using Dovetail.ServiceControl.Queues;

namespace Dovetail.ServiceControl.Tests.Console;

[TestClass]
public sealed class ConsoleTests(TestContext test)
{
    const string Charge = "59d4908e-679a-d6d6-55ce-84e1b275fb4f";
    const string Hostile = "<script>alert('x')</script>";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_overview_counts_failures_and_the_last_hour_by_endpoint()
    {
        await using var control = await WithFailedCharge();
        control.Queues.Put("audit", Capture.Messages("audited.json"));
        await control.Drained("audit", test.CancellationToken);

        var page = await Page(control, "/console");

        StringAssert.Contains(page, "1 message</a> failed for good.");
        StringAssert.Contains(page, """<a href="/console/failed"><strong>1</strong> <span>unresolved failures</span></a>""");
        StringAssert.Contains(page, """<strong>7</strong> <span>processed in the last hour</span>""");
        StringAssert.Contains(page, """<th scope="row">Billing</th>""");
        StringAssert.Contains(page, """<th scope="row">Sales</th>""");

        control.Time.Advance(TimeSpan.FromHours(2));
        StringAssert.Contains(await Page(control, "/console/"), "No message was processed within the last hour. The last one was");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_list_shows_what_failed_where_and_why()
    {
        await using var control = await WithFailedCharge();

        var page = await Page(control, "/console/failed");

        foreach (var part in new[] { "ChargeCard", "Billing", "Card declined for O-192802-18", "Unresolved", $"/console/failed/{Charge}" })
            StringAssert.Contains(page, part);
        StringAssert.Contains(await Page(control, "/console/failed?status=resolved"), "No messages here.");
        StringAssert.Contains(await Page(control, "/console/failed?status=all&page=-7"), "Card declined");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_message_shows_its_reason_body_headers_and_history()
    {
        await using var control = await WithFailedCharge();

        var page = WebUtility.HtmlDecode(await Page(control, $"/console/failed/{Charge}"));

        StringAssert.Contains(page, "Card declined for O-192802-18");
        StringAssert.Contains(page, "at ChargeCardHandler.Handle(ChargeCard m, IMessageHandlerContext c)");
        StringAssert.Contains(page, "{\n  \"OrderId\": \"O-192802-18\",\n  \"Amount\": 180\n}");
        StringAssert.Contains(page, "NServiceBus.ConversationId");
        StringAssert.Contains(page, "Failed: Card declined");
        StringAssert.Contains(page, """<button class="first">Retry</button>""");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_retry_from_the_page_shows_what_becomes_of_it()
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Press($"/console/failed/{Charge}/retry", test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.AreEqual($"/console/failed/{Charge}", $"{answer.Headers.Location}");
        await TestControl.Eventually(async () => await control.Status(Charge, test.CancellationToken) == "retryIssued", test.CancellationToken);
        var page = await Page(control, $"/console/failed/{Charge}");
        StringAssert.Contains(page, "<strong>Retrying.</strong>");
        StringAssert.Contains(page, "Retry requested by desk");
        Assert.IsFalse(page.Contains("<button", StringComparison.Ordinal));

        control.Queues.Put("Particular.ServiceControl", Capture.Message("confirmation.json").With(("ServiceControl.Retry.UniqueMessageId", Charge)));
        await control.Drained("Particular.ServiceControl", test.CancellationToken);
        page = await Page(control, $"/console/failed/{Charge}");
        StringAssert.Contains(page, "<strong>Resolved.</strong>");
        StringAssert.Contains(page, "Processed well");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_retry_that_cannot_be_sent_says_why()
    {
        await using var control = await WithFailedCharge();
        control.Queues.BeforeSend = _ => throw new IOException("No such queue.");
        using var answer = await control.Press($"/console/failed/{Charge}/retry", test.CancellationToken);

        await TestControl.Eventually(
            async () => (await Page(control, $"/console/failed/{Charge}")).Contains("No such queue.", StringComparison.Ordinal), test.CancellationToken);
        StringAssert.Contains(await Page(control, "/console/failed"), "Retry requested");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Archiving_and_taking_back_work_from_the_page()
    {
        await using var control = await WithFailedCharge();

        using var archived = await control.Press($"/console/failed/{Charge}/archive", test.CancellationToken);
        StringAssert.Contains(await Page(control, $"/console/failed/{Charge}"), "<strong>Archived.</strong>");
        using var restored = await control.Press($"/console/failed/{Charge}/unarchive", test.CancellationToken);
        StringAssert.Contains(await Page(control, $"/console/failed/{Charge}"), "<strong>Unresolved.</strong>");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("cross-site", null)]
    [DataRow("same-site", null)]
    [DataRow(null, null)]
    [DataRow(null, "https://evil.example")]
    public async Task A_form_of_another_site_is_refused(string? site, string? origin)
    {
        await using var control = await WithFailedCharge();
        if (origin is not null)
            control.Client.DefaultRequestHeaders.Add("Origin", origin);

        using var answer = await control.Press($"/console/failed/{Charge}/archive", test.CancellationToken, site);

        Assert.AreEqual(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.AreEqual("unresolved", await control.Status(Charge, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Behind_the_gateway_the_browsers_own_address_counts_as_the_same_site()
    {
        await using var control = await WithFailedCharge();
        control.Client.DefaultRequestHeaders.Add("Origin", "http://hub.example:8080");
        control.Client.DefaultRequestHeaders.Add("X-Forwarded-Host", "hub.example:8080");
        control.Client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "http");

        using var answer = await control.Press($"/console/failed/{Charge}/archive", test.CancellationToken, site: null);

        Assert.AreEqual(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Whatever_a_message_holds_is_shown_and_never_run()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var original = Capture.Message("failed-charge.json") with { Body = Encoding.UTF8.GetBytes($$"""{"a":"{{Hostile}}"}""") };
        var hostile = original.With(
            ("NServiceBus.ExceptionInfo.Message", Hostile),
            ("NServiceBus.ExceptionInfo.StackTrace", Hostile),
            ("NServiceBus.EnclosedMessageTypes", Hostile),
            ("NServiceBus.ProcessingEndpoint", Hostile),
            ("NServiceBus.OriginatingEndpoint", Hostile),
            ("NServiceBus.FailedQ", Hostile),
            ("ServiceControl.Retry.UniqueMessageId", "\"><b>id"),
            (Hostile, Hostile));
        control.Queues.Put("error", hostile, new RawMessage(Hostile, new Dictionary<string, string> { [Hostile] = Hostile }, default));
        control.Queues.Put("audit", new RawMessage(Hostile, new Dictionary<string, string> { ["NServiceBus.ProcessingEndpoint"] = "x", ["NServiceBus.TimeSent"] = Hostile }, default));
        await control.Drained("error", test.CancellationToken);
        await control.Drained("audit", test.CancellationToken);

        foreach (var path in new[] { "/console", "/console/failed", "/console/failed/%22%3E%3Cb%3Eid", "/console/not-understood", "/console/failed/" + Uri.EscapeDataString(Hostile) })
        {
            using var answer = await control.Client.GetAsync(path, test.CancellationToken);
            var page = await answer.Content.ReadAsStringAsync(test.CancellationToken);
            Assert.IsFalse(page.Contains("<script>", StringComparison.Ordinal), path);
            Assert.IsFalse(page.Contains("<b>", StringComparison.Ordinal), path);
            StringAssert.Contains(answer.Headers.GetValues("Content-Security-Policy").Single(), "default-src 'none'");
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("text/plain", "just text", "just text")]
    [DataRow("application/json", "{ \"OrderId\": not json", "{ \"OrderId\": not json")]
    [DataRow("application/json", "{\"name\":\"Анна\"}", "\"name\": \"Анна\"")]
    [DataRow("application/json", "", "The message has no body.")]
    public async Task A_body_is_shown_as_well_as_it_can_be(string type, string body, string expected)
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("error", Capture.Message("failed-charge.json").With(("NServiceBus.ContentType", type)) with { Body = Encoding.UTF8.GetBytes(body) });
        await control.Drained("error", test.CancellationToken);

        StringAssert.Contains(WebUtility.HtmlDecode(await Page(control, $"/console/failed/{Charge}")), expected);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_body_that_is_no_text_is_not_shown()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("error", Capture.Message("failed-charge.json") with { Body = new byte[] { 0xFF, 0xFE, 0x00, 0x80 } });
        await control.Drained("error", test.CancellationToken);

        StringAssert.Contains(await Page(control, $"/console/failed/{Charge}"), "4 bytes of application/json, which is no text.");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_not_understood_has_a_page()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        StringAssert.Contains(await Page(control, "/console/not-understood"), "Every message that came could be read.");

        control.Queues.Put("error", new RawMessage("native-9", new Dictionary<string, string>(), default));
        await control.Drained("error", test.CancellationToken);

        var page = await Page(control, "/console/not-understood");
        StringAssert.Contains(page, "1 message could not be read");
        StringAssert.Contains(page, "native-9");
        StringAssert.Contains(page, "so nobody can tell where it failed");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Pages_load_nothing_from_elsewhere()
    {
        await using var control = await WithFailedCharge();
        var page = await Page(control, "/console");

        Assert.IsFalse(page.Contains("://", StringComparison.Ordinal));
        foreach (var asset in new[] { "console.css", "console.js" })
        {
            var start = page.IndexOf($"/console/assets/{asset}", StringComparison.Ordinal);
            var address = page[start..page.IndexOf('"', start)];
            using var answer = await control.Client.GetAsync(address, test.CancellationToken);
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, address);
        }

        using var unknown = await control.Client.GetAsync("/console/assets/other.js", test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    async Task<TestControl> WithFailedCharge()
    {
        var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("error", Capture.Message("failed-charge.json"));
        await control.Drained("error", test.CancellationToken);
        return control;
    }

    Task<string> Page(TestControl control, string path) => control.Client.GetStringAsync(path, test.CancellationToken);
}

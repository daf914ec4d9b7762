using System.Net;
using System.Text.RegularExpressions;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Endpoints.Tests.Tracking;

[TestClass]
public sealed class AttentionPageTests(TestContext test)
{
    const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_browser_gets_a_page_with_what_a_person_needs_to_act()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        Assert.Contains("No order needs a person right now.", await Page(tracking));

        var stuck = new History("A-1").Placed().Stuck().Stuck("support lead");
        await tracking.Arrive(stuck, "A-1", Cancellation);
        await tracking.Arrive(new History("A-2").Placed(), "A-2", Cancellation);

        var page = await Page(tracking);
        Assert.Contains("<p class=\"lead\">1 order</p>", page);
        Assert.Contains("<h2>A-1</h2>", page);
        Assert.Contains("Loyalty was asked 3 times and has not answered. To do: resume the order.", page);
        Assert.Contains("<dd>support lead</dd>", page);
        Assert.Contains("<dt>Since</dt><dd><time datetime=\"2026-11-21T10:02:00Z\">21 Nov 2026, 10:02:00</time>", page);
        Assert.Contains("<dt>Deadline</dt><dd><time datetime=\"2026-11-21T10:33:00Z\">", page);
        Assert.Contains($"href=\"/track/{stuck.TrackingId}\"", page);
        Assert.Contains("data-order=\"A-1\"", page);
        Assert.DoesNotContain("A-2", page);
        Assert.DoesNotContain("No order needs", page);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Nothing_unescaped_is_on_the_page_and_a_page_that_is_not_known_yet_has_no_link()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        const string hostile = "A\"><b>1";
        var overtaken = new History(hostile).Placed().Then(standing => new OrderNeedsAttention(hostile, standing, "<i>desk", "<script>alert('x')</script> & co"));
        await tracking.Publish(Cancellation, overtaken.Events[1]);
        while (!(await Page(tracking)).Contains("1 order<", StringComparison.Ordinal)) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);

        var page = await Page(tracking);
        Assert.Contains("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; co.", page);
        Assert.Contains("data-order=\"A&quot;&gt;&lt;b&gt;1\"", page);
        Assert.Contains("&lt;i&gt;desk", page);
        foreach (var raw in new[] { "<script>alert", "<b>", "<i>", "href=\"/track/A", "The customer" }) Assert.DoesNotContain(raw, page);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(null)]
    [DataRow("*/*")]
    [DataRow("application/json")]
    public async Task Everybody_else_gets_json(string? accept)
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        using var answer = await Get(tracking.Desk, accept);
        Assert.AreEqual("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.AreEqual("{\"total\":0,\"items\":[]}", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.IsNotNull(answer.Headers.ETag);
        Assert.AreEqual("Accept", answer.Headers.Vary.Single());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_page_is_for_the_desk_alone()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        using var shop = await Get(tracking.Client, Browser);
        using var stranger = await Get(tracking.Role.Client(), Browser);
        Assert.AreEqual(HttpStatusCode.Forbidden, shop.StatusCode);
        Assert.AreEqual(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_page_takes_nothing_from_elsewhere()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        using var answer = await Get(tracking.Desk, Browser);
        var page = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.AreEqual("no-store", answer.Headers.CacheControl!.ToString());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        foreach (var foreign in new[] { "<style", " style=", "https://", "onclick" }) Assert.DoesNotContain(foreign, page);

        var assets = Regex.Matches(page, "(?:href|src)=\"(/track/assets/[^\"]*)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.HasCount(3, assets);
        foreach (var address in assets) Assert.AreEqual(HttpStatusCode.OK, (await tracking.Role.Client().GetAsync(address, Cancellation)).StatusCode, address);
    }

    async Task<string> Page(TrackingHost tracking)
    {
        using var answer = await Get(tracking.Desk, Browser);
        Assert.AreEqual("text/html", answer.Content.Headers.ContentType!.MediaType);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    async Task<HttpResponseMessage> Get(HttpClient client, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/attention");
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        return await client.SendAsync(request, Cancellation);
    }
}

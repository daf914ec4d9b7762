using System.Net;
using System.Text.RegularExpressions;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Endpoints.Tests.Tracking;

[TestClass]
public sealed class TrackPageTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_page_tells_what_happened_and_who_acts_next_by_when()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        var history = new History("A-1").Placed().Held();
        await tracking.Arrive(history, "A-1", Cancellation);

        var page = await Page(tracking, history.TrackingId);
        Assert.Contains("Order A-1", page);
        Assert.Contains("Your payment is arranged", page);
        Assert.Contains("4990.00 RUB are held on your card.", page);
        Assert.Contains("<strong>Our warehouse</strong> takes your order over.", page);
        Assert.Contains("<time datetime=\"2026-11-21T10:32:00Z\">21 Nov 2026, 10:32 UTC</time>", page);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\"", page);
        Assert.Contains($"data-events=\"/track/{history.TrackingId}/events?after=2\"", page);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Nothing_personal_and_nothing_unescaped_is_on_the_page()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        var history = new History("A-1").Placed().Then(standing => new OrderOnItsWay("A-1", standing, "<script>alert('x')</script> & co"));
        await tracking.Arrive(history, "A-1", Cancellation);

        var page = await Page(tracking, history.TrackingId);
        Assert.DoesNotContain("<script>alert", page);
        Assert.Contains("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; co.", page);
        foreach (var secret in new[] { "Anna", "Petrova", "anna@example.com", "79990000000", "CARD-1", "C-7", "shop-1" }) Assert.DoesNotContain(secret, page);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_order_on_its_way_into_the_books_is_being_registered()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        var page = await Page(tracking, new string('x', 22));
        Assert.Contains("Your order is being registered", page);
        Assert.Contains("<meta http-equiv=\"refresh\" content=\"3\">", page);

        using var broken = await tracking.Role.Client().GetAsync("/track/not-an-id", Cancellation);
        Assert.AreEqual(HttpStatusCode.NotFound, broken.StatusCode);
        Assert.Contains("There is no such order page", await broken.Content.ReadAsStringAsync(Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_end_is_told_as_an_end()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        var good = new History("A-1").Placed().Held().Then(standing => new OrderDelivered("A-1", standing)).Completed();
        await tracking.Arrive(good, "A-1", Cancellation);
        var bad = new History("A-2").Placed().Then(standing => new OrderCancelling("A-2", standing, "the card was declined")).Cancelled("the card was declined");
        await tracking.Arrive(bad, "A-2", Cancellation);

        foreach (var (history, headline) in new[] { (good, "Your order has arrived"), (bad, "Your order is cancelled") })
        {
            var page = await Page(tracking, history.TrackingId);
            Assert.Contains($"<h1>{headline}</h1>", page);
            Assert.DoesNotContain("What comes next", page);
            Assert.DoesNotContain("http-equiv", page);
            Assert.DoesNotContain("data-events", page);
        }
        Assert.Contains("The reason: the card was declined. You pay nothing:", await Page(tracking, bad.TrackingId));
        Assert.DoesNotContain("class=\"steps\"", await Page(tracking, bad.TrackingId));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_page_takes_nothing_from_elsewhere()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        using var answer = await tracking.Role.Client().GetAsync($"/track/{new string('x', 22)}", Cancellation);
        var page = await answer.Content.ReadAsStringAsync(Cancellation);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.AreEqual("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.DoesNotContain("<style", page);
        Assert.DoesNotContain(" style=", page);
        Assert.DoesNotContain("https://", page);

        var assets = Regex.Matches(page, "(?:href|src)=\"(/[^\"]*)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.HasCount(2, assets);
        foreach (var address in assets)
        {
            using var asset = await tracking.Role.Client().GetAsync(address, Cancellation);
            Assert.AreEqual(HttpStatusCode.OK, asset.StatusCode);
            Assert.Contains("immutable", asset.Headers.CacheControl!.ToString());
        }
        Assert.AreEqual(HttpStatusCode.NotFound, (await tracking.Role.Client().GetAsync("/track/assets/other.js", Cancellation)).StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_stream_of_the_page_says_that_something_changed_and_not_what()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        var history = new History("A-1").Placed().Completed();
        await tracking.Arrive(history, "A-1", Cancellation);
        var stream = await tracking.Role.Client().GetStringAsync($"/track/{history.TrackingId}/events", Cancellation);
        Assert.AreEqual("retry: 3000\n\nid: 1\nevent: changed\ndata: {\"sequence\":1}\n\nid: 2\nevent: changed\ndata: {\"sequence\":2}\n\nevent: end\ndata: {}\n\n", stream);

        // The page names what it shows already.
        Assert.StartsWith("retry: 3000\n\nid: 2\n", await tracking.Role.Client().GetStringAsync($"/track/{history.TrackingId}/events?after=1", Cancellation));
        Assert.AreEqual(HttpStatusCode.NotFound, (await tracking.Role.Client().GetAsync($"/track/{new string('x', 22)}/events", Cancellation)).StatusCode);
    }

    Task<string> Page(TrackingHost tracking, string trackingId) => tracking.Role.Client().GetStringAsync($"/track/{trackingId}", Cancellation);
}

using System.Net;
using Dovetail.Gateway.SignIn;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class SignInTests(TestContext test)
{
    static readonly (string, string) SameOrigin = ("Sec-Fetch-Site", "same-origin");
    static readonly (string, string) Browser = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_visitor_of_the_console_is_sent_to_sign_in_and_back_to_the_page_that_was_asked_for()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var sentAway = await gateway.Get("/console/orders?late=true", key: null, Browser);
        using var form = await gateway.Get(sentAway.Headers.Location!.ToString());
        using var signedIn = await SignIn(gateway, TestGateway.SupportKey, "/console/orders?late=true");
        using var console = await gateway.Get(signedIn.Headers.Location!.ToString(), key: null, ("Cookie", CookieOf(signedIn)));

        Assert.AreEqual("/signin?returnUrl=%2Fconsole%2Forders%3Flate%3Dtrue", sentAway.Headers.Location.ToString());
        Assert.Contains("value=\"/console/orders?late=true\"", await form.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.AreEqual(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, console.StatusCode);
        var received = gateway.ServiceControl.Received.Single();
        Assert.AreEqual("GET /console/orders?late=true", received.Line);
        Assert.AreEqual("support-desk", received.Identity?.FindFirst("sub")?.Value);
        Assert.IsFalse(received.Headers.ContainsKey("Cookie"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_cookie_is_kept_from_scripts_and_from_other_sites()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var signedIn = await SignIn(gateway, TestGateway.SupportKey);

        var cookie = TestGateway.Header(signedIn, "Set-Cookie");
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
        Assert.DoesNotContain(TestGateway.SupportKey, cookie);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_page_allows_no_script_and_no_frame_around_it()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var page = await gateway.Get("/signin");

        var policy = TestGateway.Header(page, "Content-Security-Policy");
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("script", await page.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("nobody-has-this-key", 401, "is not known")]
    [DataRow("", 401, "is not known")]
    [DataRow(TestGateway.ShopKey, 403, "role support")]
    public async Task A_key_that_does_not_open_the_console_leads_back_to_the_form(string key, int status, string fault)
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await SignIn(gateway, key, "/console/orders");

        Assert.AreEqual(status, (int)response.StatusCode);
        Assert.IsFalse(response.Headers.Contains("Set-Cookie"));
        var page = await response.Content.ReadAsStringAsync(test.CancellationToken);
        Assert.Contains(fault, page);
        Assert.Contains("value=\"/console/orders\"", page);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("cross-site", null)]
    [DataRow("same-site", null)]
    [DataRow("none", null)]
    [DataRow(null, "https://evil.example")]
    [DataRow(null, "null")]
    [DataRow(null, null)]
    public async Task What_changes_something_must_come_from_a_page_of_this_site(string? site, string? origin)
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        using var signedIn = await SignIn(gateway, TestGateway.SupportKey);
        (string, string)[] headers = [("Cookie", CookieOf(signedIn)), .. site is null ? [] : new[] { ("Sec-Fetch-Site", site) }, .. origin is null ? [] : new[] { ("Origin", origin) }];

        using var retry = await gateway.Send(HttpMethod.Post, "/api/errors/retry/all", key: null, content: null, headers);
        using var signIn = await gateway.Send(HttpMethod.Post, "/signin", key: null, Form(TestGateway.SupportKey, "/"), headers);
        using var signOut = await gateway.Send(HttpMethod.Post, "/signout", key: null, content: null, headers);

        await TestGateway.Problem(retry, 403);
        await TestGateway.Problem(signIn, 403);
        await TestGateway.Problem(signOut, 403);
        Assert.IsEmpty(gateway.ServiceControl.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_page_of_this_site_may_change_something()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        using var signedIn = await SignIn(gateway, TestGateway.SupportKey);
        var cookie = ("Cookie", CookieOf(signedIn));

        using var fetched = await gateway.Send(HttpMethod.Post, "/api/errors/1/retry", key: null, content: null, cookie, SameOrigin);
        using var older = await gateway.Send(HttpMethod.Post, "/api/errors/2/retry", key: null, content: null, cookie, ("Origin", gateway.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)));

        Assert.AreEqual(HttpStatusCode.OK, fetched.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, older.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_key_needs_no_origin_because_no_browser_sends_it_by_itself()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var retry = await gateway.Send(HttpMethod.Post, "/api/errors/1/retry", TestGateway.SupportKey);

        Assert.AreEqual(HttpStatusCode.OK, retry.StatusCode);
    }

    [TestMethod]
    [DataRow("/console/orders?a=1", "/console/orders?a=1")]
    [DataRow("https://evil.example/", "/console/")]
    [DataRow("//evil.example/", "/console/")]
    [DataRow("/\\evil.example/", "/console/")]
    [DataRow("/\t/evil.example/", "/console/")]
    [DataRow("~/console", "/console/")]
    [DataRow("javascript:alert(1)", "/console/")]
    [DataRow("", "/console/")]
    [DataRow(null, "/console/")]
    public void Nobody_is_led_to_another_site_after_signing_in(string? asked, string given) =>
        Assert.AreEqual(given, SignInPages.SafeReturn(asked));

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_comes_from_the_address_cannot_break_out_of_the_page()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var form = await gateway.Get("/signin?returnUrl=" + Uri.EscapeDataString("/\"><b>bold"));

        Assert.DoesNotContain("<b>", await form.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_session_ends_with_the_key_that_began_it()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        using var signedIn = await SignIn(gateway, TestGateway.SupportKey);
        var cookie = ("Cookie", CookieOf(signedIn));

        using var before = await gateway.Get("/api/errors", key: null, cookie);
        await gateway.Keys.Revoke((await gateway.Keys.List(test.CancellationToken)).Single(key => key.Client == "support-desk").Id, test.CancellationToken);
        using var api = await gateway.Get("/api/errors", key: null, cookie);
        using var console = await gateway.Get("/console/", key: null, cookie, Browser);

        Assert.AreEqual(HttpStatusCode.OK, before.StatusCode);
        await TestGateway.Problem(api, 401);
        Assert.AreEqual(HttpStatusCode.Redirect, console.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_session_ends_by_itself_after_a_working_day()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        using var signedIn = await SignIn(gateway, TestGateway.SupportKey);

        gateway.Time.Advance(TimeSpan.FromHours(12.1));
        using var api = await gateway.Get("/api/errors", key: null, ("Cookie", CookieOf(signedIn)));

        await TestGateway.Problem(api, 401);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Signing_out_takes_the_cookie_away()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        using var signedIn = await SignIn(gateway, TestGateway.SupportKey);

        using var page = await gateway.Get("/signout");
        using var signedOut = await gateway.Send(HttpMethod.Post, "/signout", key: null, content: null, ("Cookie", CookieOf(signedIn)), SameOrigin);

        Assert.Contains("action=\"/signout\"", await page.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.AreEqual("/signin", signedOut.Headers.Location?.ToString());
        Assert.Contains("dovetail=;", TestGateway.Header(signedOut, "Set-Cookie"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_script_that_is_not_signed_in_hears_so_instead_of_getting_a_form()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var fetch = await gateway.Get("/console/data.json", key: null, ("Sec-Fetch-Mode", "cors"));
        using var navigation = await gateway.Get("/console/", key: null, ("Sec-Fetch-Mode", "navigate"), Browser);

        await TestGateway.Problem(fetch, 401);
        Assert.AreEqual(HttpStatusCode.Redirect, navigation.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Where_people_and_programs_come_only_people_are_sent_to_sign_in()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var person = await gateway.Get("/v1/attention", key: null, Browser);
        using var program = await gateway.Get("/v1/attention");

        Assert.AreEqual("/signin?returnUrl=%2Fv1%2Fattention", person.Headers.Location?.ToString());
        await TestGateway.Problem(program, 401);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Keys_cannot_be_tried_at_will()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:SignInLimit:Burst", "3"));

        foreach (var _ in Enumerable.Range(0, 3))
            (await SignIn(gateway, "nobody-has-this-key")).Dispose();
        using var fourth = await SignIn(gateway, TestGateway.SupportKey);

        await TestGateway.Problem(fourth, 429);
    }

    static Task<HttpResponseMessage> SignIn(TestGateway gateway, string key, string returnUrl = "/console/") =>
        gateway.Send(HttpMethod.Post, "/signin", key: null, Form(key, returnUrl), SameOrigin);

    static FormUrlEncodedContent Form(string key, string returnUrl) => new([new("key", key), new("returnUrl", returnUrl)]);

    static string CookieOf(HttpResponseMessage signedIn) => TestGateway.Header(signedIn, "Set-Cookie").Split(';')[0];
}

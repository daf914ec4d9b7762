namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class IdentityTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_role_behind_sees_who_the_client_is_and_nothing_it_proved_itself_with()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get("/v1/orders?limit=5", TestGateway.ShopKey, ("Cookie", "dovetail=secret; other=1"), ("Idempotency-Key", "\"a-1\""));

        var received = gateway.Shop.Received.Single();
        Assert.AreEqual("GET /v1/orders?limit=5", received.Line);
        Assert.AreEqual("web-shop", received.Identity?.FindFirst("sub")?.Value);
        Assert.AreEqual("web-shop", received.Identity?.FindFirst("name")?.Value);
        Assert.AreEqual("shop", received.Identity?.FindFirst("role")?.Value);
        Assert.AreEqual("\"a-1\"", received.Headers["Idempotency-Key"]);
        Assert.IsFalse(received.Headers.ContainsKey("X-Api-Key"));
        Assert.IsFalse(received.Headers.ContainsKey("Cookie"));
        Assert.DoesNotContain(TestGateway.ShopKey, string.Join('\n', received.Headers.Values));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_token_is_good_for_one_minute()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        var identity = gateway.Shop.Received.Single().Identity!;
        var lifetime = long.Parse(identity.FindFirst("exp")!.Value) - long.Parse(identity.FindFirst("iat")!.Value);
        Assert.AreEqual(60, lifetime);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Identity_that_a_client_claims_by_itself_does_not_pass()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get(
            "/v1/orders",
            TestGateway.ShopKey,
            ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."),
            ("X-Forwarded-User", "admin"),
            ("X-User", "admin"),
            ("X-Forwarded-For", "10.9.9.9"),
            ("Forwarded", "for=10.9.9.9"));

        var received = gateway.Shop.Received.Single();
        Assert.AreEqual("web-shop", received.Identity?.FindFirst("sub")?.Value);
        Assert.DoesNotContain("admin", string.Join('\n', received.Headers.Values));
        Assert.DoesNotContain("10.9.9.9", string.Join('\n', received.Headers.Values));
        Assert.AreEqual("127.0.0.1", received.Headers["X-Forwarded-For"]);
        Assert.AreEqual(gateway.Client.BaseAddress!.Authority, received.Headers["X-Forwarded-Host"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_public_page_is_asked_for_without_any_identity()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get("/track/f3a9", TestGateway.SupportKey, ("Cookie", "dovetail=x"));

        var received = gateway.Tracking.Received.Single();
        Assert.IsNull(received.Identity);
        Assert.IsFalse(received.Headers.ContainsKey("Authorization"));
        Assert.IsFalse(received.Headers.ContainsKey("X-Api-Key"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_trace_passes_through_and_its_id_comes_back()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

        using var response = await gateway.Get("/v1/orders", TestGateway.ShopKey, ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"));

        Assert.Contains(Trace, gateway.Shop.Received.Single().Headers["traceparent"]);
        Assert.AreEqual(Trace, TestGateway.Header(response, "X-Trace-Id"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Answers_carry_the_security_headers_and_no_trace_of_the_server_behind()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        gateway.Tracking.Answer = context =>
        {
            context.Response.Headers.SetCookie = "dovetail=stolen";
            context.Response.Headers["X-Powered-By"] = "something";
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'";
            context.Response.Headers.ETag = "\"v7\"";
            return Task.CompletedTask;
        };

        using var response = await gateway.Get("/track/f3a9");

        Assert.AreEqual("nosniff", TestGateway.Header(response, "X-Content-Type-Options"));
        Assert.AreEqual("DENY", TestGateway.Header(response, "X-Frame-Options"));
        Assert.AreEqual("default-src 'self'", TestGateway.Header(response, "Content-Security-Policy"));
        Assert.AreEqual("\"v7\"", TestGateway.Header(response, "ETag"));
        Assert.IsFalse(response.Headers.Contains("Set-Cookie"));
        Assert.IsFalse(response.Headers.Contains("X-Powered-By"));
        Assert.IsFalse(response.Headers.Contains("Server"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Logs_name_client_route_and_status_but_neither_keys_nor_addresses()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var page = await gateway.Get("/track/an-id-nobody-guesses");
        using var orders = await gateway.Get("/v1/orders", TestGateway.ShopKey);
        using var refused = await gateway.Get("/v1/orders", "a-key-that-was-mistyped");

        // The line is written when the last byte has left, which the client may see before.
        while (!gateway.Logs.Any(line => line.Contains("on shop for anonymous with 401", StringComparison.Ordinal)))
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
        var logs = string.Join('\n', gateway.Logs);
        Assert.Contains("on shop for web-shop with 200", logs);
        Assert.DoesNotContain("an-id-nobody-guesses", logs);
        Assert.DoesNotContain(TestGateway.ShopKey, logs);
        Assert.DoesNotContain("a-key-that-was-mistyped", logs);
    }
}

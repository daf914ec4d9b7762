using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class When_a_role_does_not_answer(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Because_it_is_away_nothing_was_accepted_and_the_client_may_repeat()
    {
        using var nobody = Nobody();
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:Destinations:Shop", $"http://{nobody.LocalEndPoint}"));

        using var response = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StringContent("{}"));

        var problem = await TestGateway.Problem(response, 503);
        Assert.Contains("Nothing was accepted", problem.GetProperty("detail").GetString()!);
        Assert.Contains("same Idempotency-Key", problem.GetProperty("detail").GetString()!);
        Assert.AreEqual("5", TestGateway.Header(response, "Retry-After"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Because_it_is_slow_it_may_have_accepted_and_the_client_is_told_so()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:RequestTimeout", "00:00:10"));
        var thinking = new TaskCompletionSource();
        gateway.Shop.Answer = context =>
        {
            thinking.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };

        var answer = gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StringContent("{}"));
        await thinking.Task.WaitAsync(test.CancellationToken);
        gateway.Time.Advance(TimeSpan.FromSeconds(10));
        using var response = await answer;

        var problem = await TestGateway.Problem(response, 504);
        Assert.Contains("may have been accepted", problem.GetProperty("detail").GetString()!);
        Assert.Contains("same Idempotency-Key", problem.GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Because_it_broke_off_it_may_have_accepted_and_the_client_is_told_so()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        gateway.Shop.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        using var response = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StringContent("{}"));

        var problem = await TestGateway.Problem(response, 502);
        Assert.Contains("may have been accepted", problem.GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_other_roles_go_on_working()
    {
        using var nobody = Nobody();
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:Destinations:Shop", $"http://{nobody.LocalEndPoint}"));

        using var ready = await gateway.Get("/health/ready");
        using var page = await gateway.Get("/track/f3a9");

        Assert.AreEqual(HttpStatusCode.OK, ready.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, page.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_person_with_a_browser_sees_a_page_instead_of_a_problem()
    {
        using var nobody = Nobody();
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:Destinations:Tracking", $"http://{nobody.LocalEndPoint}"));

        using var response = await gateway.Get("/track/f3a9", key: null, ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.AreEqual("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<h1>Service Unavailable</h1>", await response.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Its_healthy_twin_takes_over()
    {
        await using var twin = await TestUpstream.Start("twin", test.CancellationToken);
        await using var ill = await TestUpstream.Start("ill", test.CancellationToken);
        ill.Ready = false;
        await using var gateway = await TestGateway.Start(
            test.CancellationToken,
            ("Gateway:Destinations:Shop", $"{ill.Address};{twin.Address}"));

        // Two probes in a row must fail first; from then on every request meets the twin.
        var inARow = 0;
        while (inARow < 20)
        {
            using var response = await gateway.Get("/v1/orders", TestGateway.ShopKey);
            inARow = await response.Content.ReadAsStringAsync(test.CancellationToken) == "twin" ? inARow + 1 : 0;
            gateway.Time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.ContainsSingle(line => line.StartsWith($"Warning Lost Shop at {ill.Address}/ (status 503)", StringComparison.Ordinal), gateway.Logs);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_a_role_answers_passes_unchanged_even_when_it_is_a_refusal()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        gateway.Shop.Answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };

        using var response = await gateway.Get("/v1/orders/unknown", TestGateway.ShopKey);

        Assert.AreEqual(HttpStatusCode.NotFound, response.StatusCode);
        Assert.AreEqual("", await response.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Keys_that_cannot_be_read_make_the_gateway_unready_and_let_nobody_in()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        await using (var file = File.Open(gateway.DatabaseFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write(new byte[512]);

        using var ready = await gateway.Get("/health/ready");
        using var live = await gateway.Get("/health/live");
        using var order = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, live.StatusCode);
        await TestGateway.Problem(order, 503);
        Assert.IsEmpty(gateway.Shop.Received);
    }

    /// <summary>Held, so that nobody else gets the port meanwhile, but not listening: whoever connects is refused.</summary>
    static Socket Nobody()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}

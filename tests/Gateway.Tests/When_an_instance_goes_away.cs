using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Tests;

/// <summary>A role runs twice, and one of the two is not what it was.</summary>
[TestClass]
public sealed class When_an_instance_goes_away(TestContext test)
{
    const int Enough = 20;

    TestUpstream? _twin;

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Whatever_did_not_reach_it_goes_to_the_other_one()
    {
        using var nobody = Bound();
        await using var gateway = await Start("Pricing", $"http://{nobody.LocalEndPoint}");

        for (var number = 0; number < Enough; number++)
        {
            using var response = await gateway.Send(HttpMethod.Post, "/v1/prices", TestGateway.ShopKey, new StringContent($"cart {number}"));
            Assert.AreEqual("twin", await response.Content.ReadAsStringAsync(test.CancellationToken));
        }

        CollectionAssert.AreEqual(Enumerable.Range(0, Enough).Select(number => $"cart {number}").ToList(), _twin!.Received.Select(request => request.Body).ToList());
        Assert.Contains(line => line.StartsWith("Information Asked another instance of Pricing", StringComparison.Ordinal), gateway.Logs);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task One_whose_machine_is_silent_costs_time_and_nothing_else()
    {
        // With its queue full, the system drops whoever else knocks.
        using var silent = Bound();
        silent.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)silent.LocalEndPoint!, test.CancellationToken);
        await using var gateway = await Start("Pricing", $"http://{silent.LocalEndPoint}");

        for (var number = 0; number < 2; number++)
        {
            using var response = await gateway.Send(HttpMethod.Post, "/v1/prices", TestGateway.ShopKey, new StringContent("cart"));
            Assert.AreEqual("twin", await response.Content.ReadAsStringAsync(test.CancellationToken));
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_one_did_not_take_because_it_starts_goes_to_the_other_one()
    {
        await using var starting = await TestUpstream.Start("starting", test.CancellationToken);
        starting.Answer = NotTaken;
        await using var gateway = await Start("Pricing", starting.Address);

        for (var number = 0; number < Enough; number++)
        {
            using var response = await gateway.Send(HttpMethod.Post, "/v1/prices", TestGateway.ShopKey, new StringContent("cart"));
            Assert.AreEqual("twin", await response.Content.ReadAsStringAsync(test.CancellationToken));
            Assert.IsFalse(response.Headers.Contains("Retry-After"));
        }
        Assert.IsNotEmpty(starting.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Where_both_start_nothing_was_accepted_and_the_client_may_repeat()
    {
        await using var one = await TestUpstream.Start("one", test.CancellationToken);
        await using var other = await TestUpstream.Start("other", test.CancellationToken);
        (one.Answer, other.Answer) = (NotTaken, NotTaken);
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:Destinations:Shop", $"{one.Address};{other.Address}"));

        using var response = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StringContent("{}"));

        var problem = await TestGateway.Problem(response, 503);
        Assert.Contains("Nothing was accepted", problem.GetProperty("detail").GetString()!);
        Assert.IsFalse(response.Headers.Contains("Dovetail-Not-Taken"));
        Assert.AreEqual(2, one.Received.Count + other.Received.Count);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_it_may_have_begun_is_asked_again_where_its_key_is_known()
    {
        await using var dying = await Dying();
        await using var gateway = await Start("Shop", dying.Address);

        for (var number = 0; number < Enough; number++)
        {
            using var response = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StringContent($"order {number}"), ("Idempotency-Key", $"\"{number}\""));
            Assert.AreEqual("twin", await response.Content.ReadAsStringAsync(test.CancellationToken));
        }

        Assert.IsNotEmpty(dying.Received);
        Assert.IsTrue(_twin!.Received.All(request => request.Headers["Idempotency-Key"] == $"\"{request.Body["order ".Length..]}\""));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_only_looks_is_asked_again()
    {
        await using var dying = await Dying();
        await using var gateway = await Start("ServiceControl", dying.Address);

        for (var number = 0; number < Enough; number++)
        {
            using var response = await gateway.Get("/api/errors", TestGateway.SupportKey);
            Assert.AreEqual("twin", await response.Content.ReadAsStringAsync(test.CancellationToken));
        }
        Assert.IsNotEmpty(dying.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("/v1/orders", null)]
    [DataRow("/v1/prices", "\"1\"")]
    public async Task What_it_may_have_begun_is_not_begun_twice_where_no_key_protects_it(string path, string? key)
    {
        await using var dying = await Dying();
        await using var other = await Dying();
        await using var gateway = await TestGateway.Start(
            test.CancellationToken, ("Gateway:Destinations:Shop", $"{dying.Address};{other.Address}"), ("Gateway:Destinations:Pricing", $"{dying.Address};{other.Address}"));

        using var response = await gateway.Send(HttpMethod.Post, path, TestGateway.ShopKey, new StringContent("{}"), key is null ? [] : [("Idempotency-Key", key)]);

        var problem = await TestGateway.Problem(response, 502);
        Assert.Contains("may have been accepted", problem.GetProperty("detail").GetString()!);
        Assert.AreEqual(1, dying.Received.Count + other.Received.Count);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_may_have_been_heard_by_the_first_is_told_so_whatever_the_second_says()
    {
        await using var dying = await Dying();
        await using var starting = await TestUpstream.Start("starting", test.CancellationToken);
        starting.Answer = NotTaken;
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:Destinations:Shop", $"{dying.Address};{starting.Address}"));

        using var response = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StringContent("{}"), ("Idempotency-Key", "\"1\""));

        var problem = await TestGateway.Problem(response, 502);
        Assert.Contains("may have been accepted", problem.GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task One_that_says_that_it_leaves_gets_nothing_more_from_then_on()
    {
        await using var leaving = await TestUpstream.Start("leaving", test.CancellationToken);
        await using var gateway = await Start("Pricing", leaving.Address);
        leaving.Ready = false;
        while (!gateway.Logs.Any(line => line.StartsWith($"Warning Lost Pricing at {leaving.Address}/ (status 503)", StringComparison.Ordinal)))
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }
        var before = leaving.Received.Count;

        for (var number = 0; number < Enough; number++)
        {
            using var response = await gateway.Send(HttpMethod.Post, "/v1/prices", TestGateway.ShopKey, new StringContent("cart"));
            Assert.AreEqual("twin", await response.Content.ReadAsStringAsync(test.CancellationToken));
        }
        Assert.AreEqual(before, leaving.Received.Count);
    }

    [TestCleanup]
    public async Task StopTwin()
    {
        if (_twin is not null) await _twin.DisposeAsync();
    }

    /// <summary>In front of this instance of a role and its twin, which is well.</summary>
    async Task<TestGateway> Start(string role, string instance)
    {
        _twin = await TestUpstream.Start("twin", test.CancellationToken);
        return await TestGateway.Start(test.CancellationToken, ($"Gateway:Destinations:{role}", $"{instance};{_twin.Address}"));
    }

    /// <summary>Takes each request, and dies of it.</summary>
    async Task<TestUpstream> Dying()
    {
        var dying = await TestUpstream.Start("dying", test.CancellationToken);
        dying.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        return dying;
    }

    static Task NotTaken(HttpContext context)
    {
        (context.Response.StatusCode, context.Response.Headers["Dovetail-Not-Taken"], context.Response.Headers.RetryAfter) = (StatusCodes.Status503ServiceUnavailable, "true", "5");
        return context.Response.WriteAsync("Starts", context.RequestAborted);
    }

    /// <summary>Held, so that nobody else gets the port meanwhile, but not listening: whoever connects is refused.</summary>
    static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}

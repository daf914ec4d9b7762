using System.Net.Sockets;
using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class When_the_keys_are_away(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_request_is_to_come_again_and_the_gateway_says_that_it_is_not_ready()
    {
        // Nobody listens there.
        using var keys = new ApiKeys("Host=127.0.0.1;Port=9;Database=keys;Timeout=5", new FakeTime());
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await new Faults(NullLogger<Faults>.Instance).Catch(context, async _ => await keys.List(test.CancellationToken));

        Assert.AreEqual(StatusCodes.Status503ServiceUnavailable, context.Response.StatusCode);
        Assert.AreNotEqual("", context.Response.Headers.RetryAfter.ToString());
        Assert.AreEqual(HealthStatus.Unhealthy, (await new KeysAreReadable(keys).CheckHealthAsync(new HealthCheckContext(), test.CancellationToken)).Status);
    }

    [TestMethod]
    public void A_server_that_is_away_is_told_from_a_fault_of_the_gateway()
    {
        Assert.IsTrue(KeyDatabase.Caused(new InvalidOperationException("likely due to a transient failure", new NpgsqlException("", new SocketException()))));
        Assert.IsFalse(KeyDatabase.Caused(new InvalidOperationException("a bug", new SocketException())));
    }
}

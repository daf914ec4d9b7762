using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class HookTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_role_behind_hears_the_senders_address_by_the_gateways_word_and_by_nobody_elses()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Send(
            HttpMethod.Post, "/hooks/yookassa", key: null, new StringContent("{}"),
            ("X-Forwarded-For", "185.71.76.1"), ("Forwarded", "for=185.71.76.1"), ("Authorization", "Bearer made-up"), ("Stripe-Signature", "t=1,v1=ab"));

        var received = gateway.Others.Received.Single();
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.AreEqual("127.0.0.1", received.Identity?.FindFirst("address")?.Value);
        Assert.IsNull(received.Identity?.FindFirst("sub"), "A token for a vendor must open nothing that asks for a client.");
        Assert.AreEqual("t=1,v1=ab", received.Headers["Stripe-Signature"]);
        Assert.DoesNotContain("185.71.76.1", string.Join('\n', received.Headers.Values));
        Assert.AreEqual("nosniff", TestGateway.Header(response, "X-Content-Type-Options"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_trusted_proxy_in_front_may_say_where_it_came_from()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:TrustedProxies", "127.0.0.0/8"));

        using var response = await gateway.Send(HttpMethod.Post, "/hooks/yookassa", key: null, new StringContent("{}"), ("X-Forwarded-For", "185.71.76.1"));

        Assert.AreEqual("185.71.76.1", gateway.Others.Received.Single().Identity?.FindFirst("address")?.Value);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Vendors_have_a_limit_of_their_own()
    {
        await using var gateway = await TestGateway.Start(
            test.CancellationToken, ("Gateway:PublicLimit:Burst", "1"), ("Gateway:HookLimit:Burst", "3"), ("Gateway:HookLimit:PerSecond", "1"));

        var answers = new List<int>();
        for (var n = 0; n < 4; n++)
        {
            using var response = await gateway.Send(HttpMethod.Post, "/hooks/stripe", key: null, new StringContent("{}"));
            answers.Add((int)response.StatusCode);
        }

        Assert.AreEqual("200 200 200 429", string.Join(' ', answers));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_body_that_is_too_large_reaches_nobody()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var announced = await gateway.Send(HttpMethod.Post, "/hooks/stripe", key: null, new ByteArrayContent(new byte[256 * 1024 + 1]));
        await TestGateway.Problem(announced, 413);
        using var chunked = await gateway.Send(HttpMethod.Post, "/hooks/stripe", key: null, new Unannounced(new byte[300 * 1024]));

        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        Assert.IsEmpty(gateway.Others.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_body_that_trickles_in_is_given_up_after_ten_seconds()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        var address = gateway.Client.BaseAddress!;
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, test.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /hooks/cdek HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1000\r\n\r\n{{"), test.CancellationToken);

        // The deadline is set once the request is on its way; before that the clock must not move past it.
        var answer = new StreamReader(stream).ReadLineAsync(test.CancellationToken).AsTask();
        while (!answer.IsCompleted)
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, test.CancellationToken);
        }

        Assert.Contains("50", (await answer)!, "A vendor repeats what was answered with 5xx.");
        Assert.IsEmpty(gateway.Others.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_role_that_thinks_for_longer_than_vendors_wait_is_cut_off()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        var thinking = new TaskCompletionSource();
        gateway.Others.Answer = context =>
        {
            thinking.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };

        var answer = gateway.Send(HttpMethod.Post, "/hooks/cdek/secret", key: null, new StringContent("{}"));
        await thinking.Task.WaitAsync(test.CancellationToken);
        gateway.Time.Advance(TimeSpan.FromSeconds(10));

        using var response = await answer;
        Assert.AreEqual(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    sealed class Unannounced(byte[] content) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(content).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

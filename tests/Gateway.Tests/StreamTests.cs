using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class StreamTests(TestContext test)
{
    const string Events = "/v1/orders/42/journey/events";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_event_arrives_before_the_next_one_is_written_and_the_stream_outlives_the_timeout()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        var next = new TaskCompletionSource();
        gateway.Tracking.Answer = async context =>
        {
            await Write(context, "data: placed\n\n");
            await next.Task.WaitAsync(context.RequestAborted);
            await Write(context, "data: paid\n\n");
        };

        using var response = await gateway.Get(Events, TestGateway.SupportKey);
        await using var stream = await response.Content.ReadAsStreamAsync(test.CancellationToken);
        var first = await Read(stream);
        gateway.Time.Advance(TimeSpan.FromHours(1));
        next.SetResult();
        var second = await Read(stream);

        Assert.AreEqual("data: placed\n\n", first);
        Assert.AreEqual("data: paid\n\n", second);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_socket_outlives_the_timeout_and_carries_an_identity_too()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        gateway.ServiceControl.Answer = async context =>
        {
            using var accepted = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[64];
            while (await accepted.ReceiveAsync(buffer, context.RequestAborted) is { CloseStatus: null } message)
                await accepted.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        };

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Api-Key", TestGateway.SupportKey);
        await socket.ConnectAsync(new UriBuilder(gateway.Client.BaseAddress!) { Scheme = "ws", Path = "/api/live" }.Uri, test.CancellationToken);
        gateway.Time.Advance(TimeSpan.FromHours(1));
        await socket.SendAsync(Encoding.UTF8.GetBytes("still here"), WebSocketMessageType.Text, endOfMessage: true, test.CancellationToken);
        var buffer = new byte[64];
        var echo = await socket.ReceiveAsync(buffer, test.CancellationToken);

        Assert.AreEqual("still here", Encoding.UTF8.GetString(buffer, 0, echo.Count));
        Assert.AreEqual("support-desk", gateway.ServiceControl.Received.Single().Identity?.FindFirst("sub")?.Value);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_open_stream_takes_no_place_from_requests()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:MaxConcurrentRequests", "1"));
        gateway.Tracking.Answer = StayOpen;

        using var stream = await gateway.Get(Events, TestGateway.SupportKey);
        using var order = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual(HttpStatusCode.OK, stream.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, order.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Beyond_the_number_of_streams_a_further_one_is_refused_until_one_has_ended()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:MaxConcurrentStreams", "1"));
        gateway.Tracking.Answer = StayOpen;

        var stream = await gateway.Get(Events, TestGateway.SupportKey);
        using var refused = await gateway.Get(Events, TestGateway.SupportKey);
        stream.Dispose();

        Assert.AreEqual(HttpStatusCode.OK, stream.StatusCode);
        await TestGateway.Problem(refused, 503);
        await Until(async () =>
        {
            using var again = await gateway.Get(Events, TestGateway.SupportKey);
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_reader_that_goes_away_is_no_failure_of_the_role()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        var ended = new TaskCompletionSource();
        gateway.Tracking.Answer = async context =>
        {
            context.RequestAborted.Register(ended.SetResult);
            await StayOpen(context);
        };

        (await gateway.Get(Events, TestGateway.SupportKey)).Dispose();
        await ended.Task.WaitAsync(test.CancellationToken);

        Assert.DoesNotContain("Had no whole answer", string.Join('\n', gateway.Logs));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Open_streams_end_when_the_gateway_stops()
    {
        var gateway = await TestGateway.Start(test.CancellationToken);
        gateway.Tracking.Answer = StayOpen;
        using var response = await gateway.Get(Events, TestGateway.SupportKey);
        await using var stream = await response.Content.ReadAsStreamAsync(test.CancellationToken);
        await Read(stream);

        await gateway.StopApp(test.CancellationToken);

        await Assert.ThrowsAsync<IOException>(async () => await Read(stream));
        await gateway.DisposeAsync();
    }

    static async Task StayOpen(HttpContext context)
    {
        await Write(context, ": open\n\n");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    }

    static async Task Write(HttpContext context, string text)
    {
        if (!context.Response.HasStarted)
            context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(text, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    async Task<string> Read(Stream stream)
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, test.CancellationToken));
    }

    async Task Until(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, test.CancellationToken);
    }
}

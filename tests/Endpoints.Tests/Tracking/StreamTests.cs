using System.Net;
using Dovetail.Endpoints.Tracking.Live;

namespace Dovetail.Endpoints.Tests.Tracking;

[TestClass]
public sealed class StreamTests(TestContext test)
{
    const string Path = "/v1/orders/A-1/journey/events";

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_stream_tells_what_happened_then_what_happens_and_ends_with_the_order()
    {
        // So slow a poll would be seen as a time-out: what this process writes is told at once.
        await using var tracking = await TrackingHost.Start(Cancellation, ("Tracking:PollInterval", "01:00:00"));
        var history = new History("A-1").Placed().Held().Completed();
        await tracking.Publish(Cancellation, history.Events[0]);
        await tracking.Until("A-1", _ => true, Cancellation);

        using var stream = await Follow(tracking, lastEventId: null);
        var (first, json) = await stream.Next(Cancellation);
        Assert.AreEqual("1 entry", first);
        Assert.Contains("\"kind\":\"placed\"", json);

        await tracking.Publish(Cancellation, history.Events[1]);
        Assert.AreEqual("2 entry", (await stream.Next(Cancellation)).Name);
        await tracking.Publish(Cancellation, history.Events[2]);
        Assert.AreEqual("3 entry", (await stream.Next(Cancellation)).Name);
        Assert.AreEqual(" end", (await stream.Next(Cancellation)).Name);
        Assert.IsTrue(await stream.HasEnded(Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_comes_back_is_told_the_rest()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed().Held().Completed(), "A-1", Cancellation);

        using var stream = await Follow(tracking, lastEventId: "2");
        Assert.AreEqual("3 entry", (await stream.Next(Cancellation)).Name);
        Assert.AreEqual(" end", (await stream.Next(Cancellation)).Name);

        using var done = await Follow(tracking, lastEventId: "3");
        Assert.AreEqual(HttpStatusCode.NoContent, done.Status, "A browser comes back for ever unless it is told 204.");
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_was_overtaken_is_told_too()
    {
        await using var tracking = await TrackingHost.Start(Cancellation, ("Tracking:PollInterval", "01:00:00"));
        var history = new History("A-1").Placed().Held().Completed();
        await tracking.Publish(Cancellation, history.Events[0]);
        await tracking.Until("A-1", _ => true, Cancellation);

        using var stream = await Follow(tracking, lastEventId: null);
        Assert.AreEqual("1 entry", (await stream.Next(Cancellation)).Name);
        await tracking.Publish(Cancellation, history.Events[2]);
        Assert.AreEqual(" entry", (await stream.Next(Cancellation)).Name, "With 3 as its last one, a client that comes back would never hear of 2.");
        await tracking.Publish(Cancellation, history.Events[1]);
        Assert.AreEqual("2 entry", (await stream.Next(Cancellation)).Name);
        Assert.AreEqual(" end", (await stream.Next(Cancellation)).Name);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_quiet_stream_shows_that_it_is_alive()
    {
        await using var tracking = await TrackingHost.Start(Cancellation, ("Tracking:KeepAlive", "00:00:00.1"));
        await tracking.Arrive(new History("A-1").Placed(), "A-1", Cancellation);
        using var stream = await Follow(tracking, lastEventId: null);
        await stream.Next(Cancellation);
        Assert.AreEqual(":", await stream.NextComment(Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_open_stream_does_not_hold_up_the_end_of_the_process()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed(), "A-1", Cancellation);
        using var stream = await Follow(tracking, lastEventId: null);
        await stream.Next(Cancellation);
        await tracking.Role.App.StopAsync(Cancellation);
        Assert.IsTrue(await stream.HasEnded(Cancellation));
    }

    [TestMethod]
    public void A_number_is_named_only_if_all_before_it_were_told()
    {
        var told = Told.Before("2");
        Assert.IsTrue(told.Has(1) && told.Has(2) && !told.Has(3));
        Assert.IsFalse(told.Tell(4));
        Assert.AreEqual(2, told.UpTo);
        Assert.IsTrue(told.Tell(3));
        Assert.AreEqual(4, told.UpTo);
        Assert.IsTrue(told.Tell(5));
        Assert.AreEqual(0, Told.Before("nonsense").UpTo);
        Assert.AreEqual(0, Told.Before("-5").UpTo);
    }

    Task<OpenStream> Follow(TrackingHost tracking, string? lastEventId) => OpenStream.Of(tracking.Client, Path, lastEventId, Cancellation);

    sealed class OpenStream(HttpResponseMessage answer, StreamReader reader) : IDisposable
    {
        public HttpStatusCode Status => answer.StatusCode;

        public static async Task<OpenStream> Of(HttpClient client, string path, string? lastEventId, CancellationToken cancellation)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return new(answer, new(await answer.Content.ReadAsStreamAsync(cancellation)));
        }

        /// <summary>Id and type of the next event, and its data.</summary>
        public async Task<(string Name, string Data)> Next(CancellationToken cancellation)
        {
            var (id, type, data) = ("", "", "");
            while (type == "" || data == "")
            {
                var line = await reader.ReadLineAsync(cancellation) ?? throw new InvalidOperationException("The stream ended where another event was awaited.");
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                if (line.StartsWith("event: ", StringComparison.Ordinal)) type = line[7..];
                if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            }
            return ($"{id} {type}", data);
        }

        public async Task<string?> NextComment(CancellationToken cancellation)
        {
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                if (line.StartsWith(':')) return line;
            }
            return null;
        }

        public async Task<bool> HasEnded(CancellationToken cancellation) => string.IsNullOrWhiteSpace(await reader.ReadToEndAsync(cancellation));

        public void Dispose()
        {
            reader.Dispose();
            answer.Dispose();
        }
    }
}

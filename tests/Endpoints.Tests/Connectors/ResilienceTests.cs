using System.Net;
using System.Net.Http.Headers;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Tests.Connectors;

[TestClass]
public sealed class ResilienceTests(TestContext test)
{
    static readonly Options Quick = new() { BaseAddress = new("http://vendor.example/"), RetryDelay = TimeSpan.FromMilliseconds(1) };

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_read_is_repeated_twice()
    {
        var vendor = new Vendor(HttpStatusCode.BadGateway, HttpStatusCode.TooManyRequests, HttpStatusCode.OK);

        using var response = await Send(vendor, Quick, Get());

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.AreEqual(3, vendor.Calls);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_request_that_acts_is_repeated_only_under_a_key_or_when_marked()
    {
        using var keyed = Post();
        keyed.Headers.Add("Idempotence-Key", "A-1/hold/1");
        using var marked = Post();
        Resilience.MarkRepeatable(marked);

        Assert.AreEqual(1, await Calls(Post()));
        Assert.AreEqual(3, await Calls(keyed));
        Assert.AreEqual(3, await Calls(marked));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_refusal_is_not_repeated()
    {
        var vendor = new Vendor(HttpStatusCode.BadRequest);

        using var response = await Send(vendor, Quick, Get());

        Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.AreEqual(1, vendor.Calls);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_vendor_that_asks_for_a_long_pause_is_left_to_the_bus()
    {
        var vendor = new Vendor(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK) { RetryAfter = TimeSpan.FromMinutes(1) };

        using var response = await Send(vendor, Quick, Get());

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.AreEqual(1, vendor.Calls);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Silence_ends_with_a_message_that_says_the_vendor_may_have_acted()
    {
        var vendor = new Vendor { Silent = true };

        var late = await Assert.ThrowsExactlyAsync<TimeoutException>(() => Send(vendor, new() { Timeout = TimeSpan.FromMilliseconds(50), Retries = 0 }, Post()));

        Assert.Contains("Vendor did not answer POST /orders within 0.05 s. It may have acted", late.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_vendor_that_only_fails_is_left_alone_for_a_while()
    {
        var vendor = new Vendor(HttpStatusCode.InternalServerError);
        using var resilience = new Resilience("Vendor", new Options { Retries = 0 }, TimeProvider.System);
        var open = default(HttpRequestException);
        for (var n = 0; n < 50 && open is null; n++)
        {
            try
            {
                using var response = await resilience.Send(Post(), vendor.Answer, test.CancellationToken);
            }
            catch (HttpRequestException broken)
            {
                open = broken;
            }
        }

        Assert.Contains("Nothing was sent", open!.Message);
        Assert.IsLessThan(50, vendor.Calls);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task No_more_requests_run_at_once_than_the_vendor_bears()
    {
        var vendor = new Vendor(HttpStatusCode.OK) { Pause = TimeSpan.FromMilliseconds(5) };
        using var resilience = new Resilience("Vendor", new Options { Concurrency = 3 }, TimeProvider.System);

        foreach (var response in await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => resilience.Send(Get(), vendor.Answer, test.CancellationToken))))
            response.Dispose();

        Assert.AreEqual(30, vendor.Calls);
        Assert.IsLessThanOrEqualTo(3, vendor.MostAtOnce);
    }

    async Task<int> Calls(HttpRequestMessage request)
    {
        var vendor = new Vendor(HttpStatusCode.InternalServerError);
        using var response = await Send(vendor, Quick, request);
        return vendor.Calls;
    }

    async Task<HttpResponseMessage> Send(Vendor vendor, Options options, HttpRequestMessage request)
    {
        using var resilience = new Resilience("Vendor", options, TimeProvider.System);
        return await resilience.Send(request, vendor.Answer, test.CancellationToken);
    }

    static HttpRequestMessage Get() => new(HttpMethod.Get, "http://vendor.example/orders");

    static HttpRequestMessage Post() => new(HttpMethod.Post, "http://vendor.example/orders");

    sealed class Options : ConnectorOptions
    {
        protected override IEnumerable<(string Key, string? Value)> Required() => [];
    }

    /// <summary>Answers as it is told, the last answer for ever.</summary>
    sealed class Vendor(params HttpStatusCode[] answers)
    {
        int _calls;
        int _running;
        int _most;

        public int Calls => _calls;

        public int MostAtOnce => _most;

        public bool Silent { get; init; }

        public TimeSpan Pause { get; init; }

        public TimeSpan? RetryAfter { get; init; }

        public async Task<HttpResponseMessage> Answer(HttpRequestMessage request, CancellationToken cancellation)
        {
            var call = Interlocked.Increment(ref _calls);
            var running = Interlocked.Increment(ref _running);
            InterlockedMax(running);
            if (Silent || Pause > TimeSpan.Zero)
                await Task.Delay(Silent ? Timeout.InfiniteTimeSpan : Pause, TimeProvider.System, cancellation);
            Interlocked.Decrement(ref _running);

            var response = new HttpResponseMessage(answers[Math.Min(call, answers.Length) - 1]);
            response.Headers.RetryAfter = RetryAfter is { } pause ? new RetryConditionHeaderValue(pause) : null;
            return response;
        }

        void InterlockedMax(int running)
        {
            for (var seen = _most; running > seen && Interlocked.CompareExchange(ref _most, running, seen) != seen; seen = _most)
            {
            }
        }
    }
}

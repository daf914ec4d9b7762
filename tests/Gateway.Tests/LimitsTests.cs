using System.Net;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class LimitsTests(TestContext test)
{
    static readonly (string, string)[] TwoAtOnceAndOneInTenSeconds = [("Gateway:ClientLimit:Burst", "2"), ("Gateway:ClientLimit:PerSecond", "0.1")];

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_body_that_announces_too_much_is_refused_before_the_role_hears_of_it()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:MaxBodyBytes", "2048"));

        using var largest = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new ByteArrayContent(new byte[2048]));
        using var larger = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new ByteArrayContent(new byte[2049]));

        Assert.AreEqual(HttpStatusCode.OK, largest.StatusCode);
        var problem = await TestGateway.Problem(larger, 413);
        Assert.Contains("2048", problem.GetProperty("detail").GetString()!);
        Assert.HasCount(1, gateway.Shop.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_body_that_announces_nothing_is_cut_off_at_the_limit()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:MaxBodyBytes", "2048"));

        using var body = new MemoryStream(new byte[8 * 1024 * 1024]);
        using var response = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new StreamContent(new Unseekable(body)));

        await TestGateway.Problem(response, 413);
        Assert.IsEmpty(gateway.Shop.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_api_takes_larger_bodies_than_the_shop()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var edited = await gateway.Send(HttpMethod.Post, "/api/edit/1", TestGateway.SupportKey, new ByteArrayContent(new byte[500 * 1024]));
        using var order = await gateway.Send(HttpMethod.Post, "/v1/orders", TestGateway.ShopKey, new ByteArrayContent(new byte[500 * 1024]));

        Assert.AreEqual(HttpStatusCode.OK, edited.StatusCode);
        await TestGateway.Problem(order, 413);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_client_hears_what_is_left_and_beyond_that_when_to_come_back()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, TwoAtOnceAndOneInTenSeconds);

        using var first = await gateway.Get("/v1/orders", TestGateway.ShopKey);
        using var second = await gateway.Get("/v1/orders", TestGateway.ShopKey);
        gateway.Time.Advance(TimeSpan.FromSeconds(4));
        using var third = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual(HttpStatusCode.OK, first.StatusCode);
        Assert.AreEqual("\"client\";q=2;w=20", TestGateway.Header(first, "RateLimit-Policy"));
        Assert.AreEqual("\"client\";r=1;t=10", TestGateway.Header(first, "RateLimit"));
        Assert.AreEqual(HttpStatusCode.OK, second.StatusCode);
        Assert.AreEqual("\"client\";r=0;t=10", TestGateway.Header(second, "RateLimit"));
        var problem = await TestGateway.Problem(third, 429);
        Assert.AreEqual("https://iana.org/assignments/http-problem-types#quota-exceeded", problem.GetProperty("type").GetString());
        Assert.AreEqual("client", problem.GetProperty("violated-policies")[0].GetString());
        Assert.AreEqual("\"client\";r=0;t=6", TestGateway.Header(third, "RateLimit"));
        Assert.AreEqual("6", TestGateway.Header(third, "Retry-After"));
        Assert.HasCount(2, gateway.Shop.Received);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task After_the_time_that_was_named_the_client_is_let_in_again()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, TwoAtOnceAndOneInTenSeconds);
        foreach (var _ in Enumerable.Range(0, 3))
            (await gateway.Get("/v1/orders", TestGateway.ShopKey)).Dispose();

        gateway.Time.Advance(TimeSpan.FromSeconds(10));
        using var response = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task One_client_at_its_limit_does_not_hinder_another()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, TwoAtOnceAndOneInTenSeconds);
        foreach (var _ in Enumerable.Range(0, 3))
            (await gateway.Get("/v1/orders", TestGateway.ShopKey)).Dispose();

        using var response = await gateway.Get("/v1/attention", TestGateway.SupportKey);

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_public_pages_have_a_limit_of_their_own_for_each_address()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:PublicLimit:Burst", "1"), ("Gateway:PublicLimit:PerSecond", "0.1"));

        using var first = await gateway.Get("/track/f3a9");
        using var second = await gateway.Get("/track/f3a9", TestGateway.SupportKey);
        using var order = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual("\"public\";q=1;w=10", TestGateway.Header(first, "RateLimit-Policy"));
        await TestGateway.Problem(second, 429);
        Assert.AreEqual(HttpStatusCode.OK, order.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Behind_a_trusted_proxy_each_client_address_counts_for_itself()
    {
        await using var gateway = await TestGateway.Start(
            test.CancellationToken,
            ("Gateway:PublicLimit:Burst", "1"),
            ("Gateway:PublicLimit:PerSecond", "0.1"),
            ("Gateway:TrustedProxies", "127.0.0.0/8"));

        using var one = await gateway.Get("/track/f3a9", key: null, ("X-Forwarded-For", "10.1.1.1"));
        using var other = await gateway.Get("/track/f3a9", key: null, ("X-Forwarded-For", "10.1.1.2"));
        using var again = await gateway.Get("/track/f3a9", key: null, ("X-Forwarded-For", "10.1.1.1"));

        Assert.AreEqual(HttpStatusCode.OK, one.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, other.StatusCode);
        Assert.AreEqual(HttpStatusCode.TooManyRequests, again.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task When_the_house_is_full_newcomers_are_sent_away_early_and_the_health_check_still_answers()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:MaxConcurrentRequests", "1"));
        var inside = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        gateway.Shop.Answer = async context =>
        {
            inside.SetResult();
            await release.Task.WaitAsync(context.RequestAborted);
        };

        var staying = gateway.Get("/v1/orders", TestGateway.ShopKey);
        await inside.Task.WaitAsync(test.CancellationToken);
        using var refused = await gateway.Get("/v1/orders", TestGateway.ShopKey);
        using var health = await gateway.Get("/health/ready");
        release.SetResult();
        using var stayed = await staying;

        var problem = await TestGateway.Problem(refused, 503);
        Assert.AreEqual("https://iana.org/assignments/http-problem-types#temporary-reduced-capacity", problem.GetProperty("type").GetString());
        Assert.AreEqual("1", TestGateway.Header(refused, "Retry-After"));
        Assert.AreEqual(HttpStatusCode.OK, health.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, stayed.StatusCode);
        Assert.HasCount(1, gateway.Shop.Received);
    }

    /// <summary>Hides its length, so that it goes in chunks.</summary>
    sealed class Unseekable(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

using System.Net;
using Dovetail.Endpoints.Loyalty;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Tests.Shop;

namespace Dovetail.Endpoints.Tests.Loyalty;

[TestClass]
public sealed class BalanceTests(TestContext test) : IAsyncDisposable
{
    VendorRole? _host;

    CancellationToken Cancellation => test.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Tells_the_points_of_a_card_and_nothing_of_its_owner()
    {
        var shop = await Start();

        using var answer = await shop.GetAsync("/v1/loyalty/CARD-1", Cancellation);

        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        var balance = await ShopHost.Json(answer, Cancellation);
        Assert.AreEqual("""{"available":1000,"reserved":null,"unitsPerPoint":1,"unavailableBecause":null}""", balance.ToJsonString());
        Assert.AreEqual("max-age=10, private", answer.Headers.CacheControl!.ToString());

        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/loyalty/CARD-1") { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
        Assert.AreEqual(HttpStatusCode.NotModified, (await shop.SendAsync(again, Cancellation)).StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow("+79990000000")]
    [DataRow("\u043a\u0430\u0440\u0442\u0430")]
    [DataRow("two words")]
    public async Task A_card_that_nobody_knows_is_not_found_and_not_repeated(string card)
    {
        var shop = await Start();

        using var answer = await shop.GetAsync($"/v1/loyalty/{Uri.EscapeDataString(card)}", Cancellation);

        Assert.AreEqual(HttpStatusCode.NotFound, answer.StatusCode);
        var problem = await ShopHost.Json(answer, Cancellation);
        Assert.DoesNotContain(card, problem["detail"]!.GetValue<string>());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_blocked_card_has_nothing_to_spend_and_says_why()
    {
        var shop = await Start();

        using var answer = await shop.GetAsync("/v1/loyalty/CARD-BLOCKED", Cancellation);

        var balance = await ShopHost.Json(answer, Cancellation);
        Assert.AreEqual(0, balance["available"]!.GetValue<decimal>());
        Assert.AreEqual("the loyalty card is blocked", balance["unavailableBecause"]!.GetValue<string>());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_programme_that_is_away_or_silent_costs_the_page_a_moment_only()
    {
        var shop = await Start(("Loyalty:Live:Timeout", "00:00:00.3"));
        _host!.Sandbox.Pull(new("loymax", LeverEffect.FailBefore, Times: 1));
        using var failed = await shop.GetAsync("/v1/loyalty/CARD-1", Cancellation);
        await AssertAway(failed);

        _host.Sandbox.Pull(new("loymax", LeverEffect.Silent));
        using var silent = await shop.GetAsync("/v1/loyalty/CARD-2", Cancellation);
        await AssertAway(silent);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task No_more_questions_than_so_many_wait_for_the_programme_at_once()
    {
        var shop = await Start(("Loyalty:Live:Timeout", "00:00:00.3"), ("Loyalty:Live:Concurrency", "1"));
        _host!.Sandbox.Pull(new("loymax", LeverEffect.Silent, Call: "authorize", Times: 1));
        using var silent = await shop.GetAsync("/v1/loyalty/CARD-1", Cancellation);
        await AssertAway(silent);

        // The programme would answer again, but the one place is still taken by the question that it never answered.
        using var next = await shop.GetAsync("/v1/loyalty/CARD-2", Cancellation);
        await AssertAway(next);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Is_for_shops_only()
    {
        await Start();
        Assert.AreEqual(HttpStatusCode.Forbidden, (await _host!.Role.Client("desk-1", "support").GetAsync("/v1/loyalty/CARD-1", Cancellation)).StatusCode);
        Assert.AreEqual(HttpStatusCode.Unauthorized, (await _host.Role.Client().GetAsync("/v1/loyalty/CARD-1", Cancellation)).StatusCode);
    }

    [TestMethod]
    public void An_answer_without_an_amount_is_no_balance()
    {
        Assert.ThrowsExactly<HttpRequestException>(() => Balance.Of(new("Ok")));
        Assert.ThrowsExactly<HttpRequestException>(() => Balance.Of(new("SystemError")));
        Assert.IsNull(Balance.Of(new("CardNotFound")));
        Assert.AreEqual(new(12.5m), Balance.Of(new("Ok", Amount: 12.5m)));
    }

    async Task AssertAway(HttpResponseMessage answer)
    {
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.AreEqual(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("loyalty programme", (await ShopHost.Json(answer, Cancellation))["detail"]!.GetValue<string>());
    }

    async Task<HttpClient> Start(params (string Key, string? Value)[] settings)
    {
        _host = await VendorRole.Start(LoyaltyEndpoint.Name, LoyaltyEndpoint.AddWebServices, LoyaltyEndpoint.Map, Cancellation, settings);
        return _host.Shop;
    }
}

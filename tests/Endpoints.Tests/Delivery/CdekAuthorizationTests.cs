using System.Net;
using System.Net.Http.Json;
using Dovetail.Endpoints.Delivery;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class CdekAuthorizationTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task One_token_serves_many_calls_and_is_renewed_a_minute_before_its_end()
    {
        var clock = new ManualClock();
        using var carrier = new Carrier();
        using var http = Client(carrier, clock);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Get(http)));
        clock.Advance(TimeSpan.FromMinutes(58));
        await Get(http);
        Assert.AreEqual(1, carrier.Tokens);

        clock.Advance(TimeSpan.FromMinutes(1.5));
        await Get(http);
        Assert.AreEqual(2, carrier.Tokens);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_carrier_that_forgot_the_token_is_asked_once_more_with_a_new_one()
    {
        using var carrier = new Carrier();
        using var http = Client(carrier, new ManualClock());
        await Get(http);

        carrier.ForgetTokens();
        using var response = await http.PostAsync("http://carrier/v2/orders", new StringContent("shipment"), test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.AreEqual("shipment", carrier.LastBody);
        Assert.AreEqual(2, carrier.Tokens);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_carrier_that_accepts_no_token_is_not_asked_for_ever()
    {
        using var carrier = new Carrier { AcceptsNothing = true };
        using var http = Client(carrier, new ManualClock());

        using var response = await http.GetAsync("http://carrier/v2/orders", test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.AreEqual(2, carrier.Tokens);
    }

    async Task Get(HttpClient http)
    {
        using var response = await http.GetAsync("http://carrier/v2/orders", test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
    }

    static HttpClient Client(Carrier carrier, TimeProvider clock)
    {
        var options = new CdekOptions { BaseAddress = new("http://carrier/v2"), ClientId = "account", ClientSecret = "secret" };
        return new(new CdekAuthorization(new(clock), Options.Create(options)) { InnerHandler = carrier });
    }

    sealed class Carrier : HttpMessageHandler
    {
        string? _good;

        public int Tokens { get; private set; }

        public bool AcceptsNothing { get; init; }

        public string? LastBody { get; private set; }

        public void ForgetTokens() => _good = null;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath == "/v2/oauth/token")
            {
                _good = $"token-{++Tokens}";
                return new(HttpStatusCode.OK) { Content = JsonContent.Create(new { access_token = _good, expires_in = 3600 }) };
            }

            LastBody = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
            var known = !AcceptsNothing && _good is not null && request.Headers.Authorization?.Parameter == _good;
            return new(known ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        }
    }
}

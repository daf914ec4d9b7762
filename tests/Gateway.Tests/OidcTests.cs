using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class OidcTests(TestContext test) : IAsyncDisposable
{
    TestProvider? _provider;
    TestGateway? _gateway;

    TestProvider Provider => _provider!;

    TestGateway Gateway => _gateway!;

    DateTimeOffset Now => Gateway.Time.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        if (_provider is not null) await _provider.DisposeAsync();
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_token_of_the_provider_opens_what_its_role_opens_and_only_the_gateways_word_goes_on()
    {
        await Start();

        using var response = await Ask(Provider.Token(Now));

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        var received = Gateway.Shop.Received.Single();
        Assert.AreEqual("partner-7", received.Identity?.FindFirst("sub")?.Value);
        Assert.AreEqual("shop", string.Join(' ', received.Identity!.FindAll("role").Select(role => role.Value)));

        using var forbidden = await Ask(Provider.Token(Now), "/v1/attention");
        Assert.Contains("role support", (await TestGateway.Problem(forbidden, 403)).GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_key_is_still_taken_as_bearer_and_comes_first_in_its_own_header()
    {
        await Start();

        using var bearer = await Ask(TestGateway.ShopKey);
        Assert.AreEqual(HttpStatusCode.OK, bearer.StatusCode);

        using var both = await Gateway.Get("/v1/orders", TestGateway.ShopKey, ("Authorization", $"Bearer {Provider.Token(Now)}"));
        Assert.AreEqual("web-shop", Gateway.Shop.Received.Last().Identity?.FindFirst("sub")?.Value);

        await Gateway.Keys.Ensure("a.key.with-dots-in-it", "dotted", ["shop"], test.CancellationToken);
        using var dotted = await Ask("a.key.with-dots-in-it");
        Assert.AreEqual(HttpStatusCode.OK, dotted.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_wrong_with_a_token_is_named_and_nothing_of_it_is_repeated()
    {
        await Start();
        var stranger = new TestProviderKey();
        (string Token, string Why)[] wrong =
        [
            (Provider.Token(Now, token => token.Audience = "another-api"), "meant for another audience"),
            (Provider.Token(Now, token => token.Audience = null), "meant for another audience"),
            (Provider.Token(Now, token => token.Issuer = "https://evil.example/secret"), "issuer is not known"),
            (Provider.Token(Now, token => token.Expires = Now.AddSeconds(-31).UtcDateTime), "has expired"),
            (Provider.Token(Now, token => token.Expires = null), "never expires"),
            (Provider.Token(Now, token => token.NotBefore = Now.AddMinutes(2).UtcDateTime), "not in force yet"),
            (Provider.Token(Now, token => token.SigningCredentials = null), "not signed with an asymmetric algorithm"),
            (Provider.Token(Now, token => token.SigningCredentials = SymmetricBy(PublicKey())), "not signed with an asymmetric algorithm"),
            (Provider.Token(Now, token => token.SigningCredentials = stranger.Signing("key-of-a-stranger")), "key that its issuer does not publish"),
            (Provider.Token(Now, token => token.SigningCredentials = stranger.Signing(Provider.Key.KeyId)), "signature is not right"),
            (Provider.Token(Now)[..^6] + "AAAAAA", "signature is not right"),
            (Provider.Token(Now, token => token.Claims.Remove("sub")), "names no client"),
            (Provider.Token(Now, token => token.Claims["sub"] = "two words"), "names no client"),
        ];
        foreach (var (token, why) in wrong)
        {
            using var response = await Ask(token);

            var problem = await TestGateway.Problem(response, 401);
            Assert.Contains(why, problem.GetProperty("detail").GetString()!);
            var header = response.Headers.WwwAuthenticate.ToString();
            Assert.StartsWith("Bearer realm=\"dovetail\", error=\"invalid_token\", error_description=\"", header);
            Assert.Contains(why, header);
            Assert.DoesNotContain("evil.example", problem.ToString() + header);
            Assert.DoesNotContain("stranger", problem.ToString() + header);
        }
        Assert.IsEmpty(Gateway.Shop.Received);
        Assert.IsFalse(Gateway.Logs.Any(line => line.Contains("evil.example", StringComparison.Ordinal)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_clock_that_is_a_little_off_does_no_harm()
    {
        await Start();
        using var late = await Ask(Provider.Token(Now, token => token.Expires = Now.AddSeconds(-29).UtcDateTime));
        using var early = await Ask(Provider.Token(Now, token => token.NotBefore = Now.AddSeconds(29).UtcDateTime));
        Assert.AreEqual(HttpStatusCode.OK, late.StatusCode);
        Assert.AreEqual(HttpStatusCode.OK, early.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_rotated_key_is_fetched_when_it_is_first_met_and_the_former_one_is_given_up()
    {
        await Start();
        using var before = await Ask(Provider.Token(Now));
        Assert.AreEqual(HttpStatusCode.OK, before.StatusCode);
        Gateway.Time.Advance(TimeSpan.FromSeconds(11));

        var former = Provider.Rotate();
        using var after = await Ask(Provider.Token(Now));
        Assert.AreEqual(HttpStatusCode.OK, after.StatusCode);

        using var old = await Ask(Provider.Token(Now, token => token.SigningCredentials = new(former, SecurityAlgorithms.RsaSha256)));
        await TestGateway.Problem(old, 401);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Keys_that_are_made_up_do_not_make_the_gateway_ask_again_and_again()
    {
        await Start();
        using var good = await Ask(Provider.Token(Now));
        var asked = Provider.Asked;
        var stranger = new TestProviderKey();
        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var response = await Ask(Provider.Token(Now, token => token.SigningCredentials = stranger.Signing($"key-{attempt}-made-up")));
            Assert.AreEqual(HttpStatusCode.Unauthorized, response.StatusCode);
        }
        Assert.AreEqual(asked, Provider.Asked);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task With_the_provider_away_at_the_start_keys_work_and_tokens_do_once_it_is_back()
    {
        _provider = await TestProvider.Start(test.CancellationToken);
        Provider.Up = false;
        await Start();

        using var refused = await Ask(Provider.Token(Now));
        await TestGateway.Problem(refused, 503);
        Assert.AreEqual(TimeSpan.FromSeconds(10), refused.Headers.RetryAfter?.Delta);
        using var key = await Ask(TestGateway.ShopKey);
        Assert.AreEqual(HttpStatusCode.OK, key.StatusCode);
        Assert.AreEqual("Degraded", await (await Gateway.Get("/health/ready")).Content.ReadAsStringAsync(test.CancellationToken));

        Provider.Up = true;
        Gateway.Time.Advance(TimeSpan.FromSeconds(10));
        using var taken = await Ask(Provider.Token(Now));
        Assert.AreEqual(HttpStatusCode.OK, taken.StatusCode);
        Assert.AreEqual("Healthy", await (await Gateway.Get("/health/ready")).Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Keys_read_before_are_believed_for_a_day_without_the_provider_and_no_longer()
    {
        await Start();
        using var before = await Ask(Provider.Token(Now));
        Provider.Up = false;

        Gateway.Time.Advance(TimeSpan.FromHours(23));
        using var meanwhile = await Ask(Provider.Token(Now));
        Assert.AreEqual(HttpStatusCode.OK, meanwhile.StatusCode);

        Gateway.Time.Advance(TimeSpan.FromHours(2));
        using var after = await Ask(Provider.Token(Now));
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, after.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_provider_that_speaks_for_somebody_else_is_not_believed()
    {
        _provider = await TestProvider.Start(test.CancellationToken);
        Provider.OtherIssuer = "https://somebody-else.example";
        await Start();

        using var response = await Ask(Provider.Token(Now, token => token.Issuer = Provider.Authority));

        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains(line => line.Contains("Gateway:Oidc:Issuer", StringComparison.Ordinal), Gateway.Logs);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Claims_are_read_where_the_provider_keeps_them()
    {
        await Start(
            ("Gateway:Oidc:ClientClaim", "azp"), ("Gateway:Oidc:ClientPrefix", "sso-"), ("Gateway:Oidc:RolesClaim", "realm_access.roles"),
            ("Gateway:Oidc:ShopRole", "merchant;reseller"), ("Gateway:Oidc:SupportRole", "helpdesk"));
        var token = Provider.Token(Now, token => token.Claims = new Dictionary<string, object>
        {
            ["azp"] = "acme", ["name"] = "Acme Ltd", ["realm_access"] = JsonSerializer.SerializeToElement(new { roles = new[] { "reseller", "helpdesk", "shop" } }),
        });

        using var response = await Ask(token);

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        var identity = Gateway.Shop.Received.Single().Identity!;
        Assert.AreEqual("sso-acme Acme Ltd", $"{identity.FindFirst("sub")?.Value} {identity.FindFirst("name")?.Value}");
        Assert.AreEqual("shop support", string.Join(' ', identity.FindAll("role").Select(role => role.Value)));
    }

    [TestMethod]
    public void Several_providers_each_have_a_name_and_call_clients_apart()
    {
        var options = GatewayOptions.Read(GatewayOptionsTests.Sound(
            ("Gateway:Oidc:Staff:Authority", "https://staff.example/"), ("Gateway:Oidc:Staff:Audience", "dovetail;hub"),
            ("Gateway:Oidc:Partners:Authority", "https://partners.example"), ("Gateway:Oidc:Partners:Audience", "dovetail"), ("Gateway:Oidc:Partners:ClientPrefix", "partner-")));
        Assert.AreEqual("Gateway:Oidc:Partners Gateway:Oidc:Staff", string.Join(' ', options.Oidc.Select(provider => provider.Section)));

        var faults = FaultsOf(
            ("Gateway:Oidc:Staff:Authority", "http://staff.example"), ("Gateway:Oidc:Staff:Audiences", "dovetail"), ("Gateway:Oidc:Partners:ClockSkew", "long"),
            ("Gateway:Oidc:Partners:Authority", "https://partners.example"), ("Gateway:Oidc:Partners:Audience", "dovetail"));
        foreach (var fault in new[]
        {
            "Gateway:Oidc:Staff:Authority cannot be used", "Gateway:Oidc:Staff:Audience is missing", "Gateway:Oidc:Staff:Audiences is not known",
            "Gateway:Oidc:Partners:ClockSkew is 'long'", "Gateway:Oidc:Staff:ClientPrefix is '', which another provider has too",
        })
            Assert.ContainsSingle(told => told.StartsWith(fault, StringComparison.Ordinal), faults);
    }

    static List<string> FaultsOf(params (string Key, string Value)[] settings) =>
        [.. Assert.ThrowsExactly<OptionsValidationException>(() => GatewayOptions.Read(GatewayOptionsTests.Sound(settings))).Failures];

    async Task Start(params (string Key, string Value)[] settings)
    {
        _provider ??= await TestProvider.Start(test.CancellationToken);
        _gateway = await TestGateway.Start(test.CancellationToken, [("Gateway:Oidc:Authority", Provider.Authority), ("Gateway:Oidc:Audience", "dovetail"), .. settings]);
    }

    Task<HttpResponseMessage> Ask(string bearer, string path = "/v1/orders") => Gateway.Get(path, key: null, ("Authorization", $"Bearer {bearer}"));

    byte[] PublicKey() => Encoding.ASCII.GetBytes(Provider.Key.Rsa.ExportSubjectPublicKeyInfoPem());

    SigningCredentials SymmetricBy(byte[] secret) => new(new SymmetricSecurityKey(secret) { KeyId = Provider.Key.KeyId }, SecurityAlgorithms.HmacSha256);

    /// <summary>A key that no provider publishes.</summary>
    sealed class TestProviderKey
    {
        readonly System.Security.Cryptography.RSA _key = System.Security.Cryptography.RSA.Create(2048);

        public SigningCredentials Signing(string id) => new(new RsaSecurityKey(_key) { KeyId = id }, SecurityAlgorithms.RsaSha256);
    }
}

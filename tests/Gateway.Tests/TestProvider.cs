using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Tests;

/// <summary>An OpenID Connect provider on a port of its own: its discovery document, its keys, and the tokens that it would give out.</summary>
sealed class TestProvider : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly List<RSA> _all = [];
    int _asked;

    TestProvider()
    {
        Rotate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Use((HttpContext context, RequestDelegate next) =>
        {
            Interlocked.Increment(ref _asked);
            if (Up) return next(context);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        _app.MapGet("/realms/shops/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, object> { ["issuer"] = Issuer, ["jwks_uri"] = $"{Authority}/keys" }));
        _app.MapGet("/realms/shops/keys", () => Results.Json(new { keys = new[] { new { kty = "RSA", use = "sig", kid = Key.KeyId, n = Part(Key.Rsa.ExportParameters(false).Modulus), e = Part(Key.Rsa.ExportParameters(false).Exponent) } } }));
    }

    public bool Up { get; set; } = true;

    public string Authority => $"{_app.Urls.Single()}/realms/shops";

    /// <summary>Null: what it should be.</summary>
    public string? OtherIssuer { get; set; }

    public string Issuer => OtherIssuer ?? Authority;

    /// <summary>The one that is published.</summary>
    public RsaSecurityKey Key { get; private set; } = null!;

    /// <summary>How often anything was asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public static async Task<TestProvider> Start(CancellationToken cancellation)
    {
        var provider = new TestProvider();
        await provider._app.StartAsync(cancellation);
        return provider;
    }

    /// <returns>The key that is published no more.</returns>
    public RsaSecurityKey Rotate()
    {
        var former = Key;
        _all.Add(RSA.Create(2048));
        Key = new RsaSecurityKey(_all[^1]) { KeyId = $"key-{_all.Count}" };
        return former;
    }

    public string Token(DateTimeOffset now, Action<SecurityTokenDescriptor>? change = null)
    {
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = "dovetail",
            IssuedAt = now.UtcDateTime,
            Expires = now.AddMinutes(5).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = "partner-7", ["roles"] = new[] { "shop", "something-else" } },
            SigningCredentials = new SigningCredentials(Key, SecurityAlgorithms.RsaSha256),
        };
        change?.Invoke(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _all.ForEach(key => key.Dispose());
    }

    static string Part(byte[]? number) => Base64UrlEncoder.Encode(number);
}

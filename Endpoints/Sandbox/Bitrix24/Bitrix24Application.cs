using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>An application that is installed in the portal, and its tokens: one to call with, good for an hour, and one to get the next pair with, good once.</summary>
sealed class Bitrix24Application(SandboxLedger ledger, IOptions<Bitrix24Limits> limits, TimeProvider time)
{
    public const string ClientId = "sandbox-application";
    public const string ClientSecret = "sandbox-application-secret";
    public const string FirstRefreshToken = "sandbox-refresh-token";

    const string System = "bitrix24-application";
    const string Id = "application";
    const int Remembered = 10;

    readonly Lock _gate = new();
    Bitrix24Tokens _tokens = ledger.Find<Bitrix24Tokens>(System, Id) ?? new(FirstRefreshToken, 0, []);

    /// <summary>As at <c>https://oauth.bitrix.info/oauth/token/</c>, by query or form.</summary>
    public async Task<IResult> Renew(HttpContext http)
    {
        var parameters = await Bitrix24Parameters.Read(http.Request);
        string Given(string name) => Bitrix24Entities.Text(parameters[name]);

        if (Given("grant_type") != "refresh_token")
            return No(400, "invalid_request");
        if (Given("client_id") != ClientId || Given("client_secret") != ClientSecret)
            return No(401, "invalid_client");
        lock (_gate)
        {
            if (Given("refresh_token") != _tokens.Refresh)
                return No(400, "invalid_grant");

            var number = _tokens.Renewals + 1;
            var token = new Bitrix24AccessToken($"sandbox-access-{number}", time.GetUtcNow() + limits.Value.TokenLifetime);
            _tokens = new($"{FirstRefreshToken}-{number}", number, [.. _tokens.Access.TakeLast(Remembered - 1), token]);
            ledger.Save(System, Id, _tokens);
            return Results.Json(new Dictionary<string, object>
            {
                ["access_token"] = token.Token, ["refresh_token"] = _tokens.Refresh, ["expires_in"] = (int)limits.Value.TokenLifetime.TotalSeconds,
                ["client_endpoint"] = $"{http.Request.Scheme}://{http.Request.Host}/bitrix24/rest/", ["member_id"] = "sandbox-member", ["scope"] = "crm", ["status"] = "L",
            });
        }
    }

    /// <summary>Null for a token that is good, or what is wrong with it.</summary>
    public string? Fault(string token)
    {
        lock (_gate)
        {
            return _tokens.Access.FirstOrDefault(known => known.Token == token) switch
            {
                null => "invalid_token",
                { Until: var until } when until <= time.GetUtcNow() => "expired_token",
                _ => null,
            };
        }
    }

    static IResult No(int status, string error) => Results.Json(new { error, error_description = "" }, statusCode: status);
}

/// <param name="Refresh">The only token by which the next pair is given.</param>
sealed record Bitrix24Tokens(string Refresh, int Renewals, IReadOnlyList<Bitrix24AccessToken> Access);

sealed record Bitrix24AccessToken(string Token, DateTimeOffset Until);

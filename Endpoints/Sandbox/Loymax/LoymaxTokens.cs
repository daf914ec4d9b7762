using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Loymax;

/// <summary>The vendor's authorization service. A token says itself what it is for, so that it outlives a restart.</summary>
sealed class LoymaxTokens(LoymaxBook book, TimeProvider time)
{
    public const string ClientId = "sandbox-client";
    public const string ClientSecret = "sandbox-client-secret";
    public const string UserName = "sandbox-back-office";
    public const string Password = "sandbox-password";

    const string Merchant = "merchant";
    const string BackOffice = "back-office";
    const string Customer = "customer:";
    static readonly TimeSpan Life = TimeSpan.FromHours(1);
    static readonly byte[] Seal = "sandbox-token-seal"u8.ToArray();

    readonly ConcurrentDictionary<string, string> _codes = [];

    public IResult Grant(IFormCollection form)
    {
        var holder = form["grant_type"].ToString() switch
        {
            "anonymous" when form["client_id"] == ClientId => Merchant,
            "authorization_code" when form["client_id"] == ClientId && form["client_secret"] == ClientSecret
                && _codes.TryRemove(form["code"].ToString(), out var card) => Customer + card,
            "password" when form["username"] == UserName && form["password"] == Password => BackOffice,
            _ => null,
        };
        return holder is null
            ? Results.Json(new Dictionary<string, string> { ["error"] = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest)
            : Results.Json(new Dictionary<string, object>
            {
                ["access_token"] = Sign(holder, time.GetUtcNow() + Life),
                ["token_type"] = "bearer",
                ["expires_in"] = (int)Life.TotalSeconds,
            });
    }

    /// <summary>Gives a code for the customer whom the shop names; without one where nobody is known by that name.</summary>
    public IResult Authorize(HttpRequest request)
    {
        if (Holder(request) != Merchant)
            return LoymaxWire.Unauthorized();

        var redirect = request.Query["redirect_uri"].ToString();
        var card = request.Headers["X-Identifier"].ToString();
        if (book.Find(card) is null)
            return Results.Redirect($"{redirect}?error=access_denied");

        var code = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _codes[code] = card;
        return Results.Redirect($"{redirect}?code={code}");
    }

    /// <summary>The card of the customer whose token the request carries.</summary>
    public string? Card(HttpRequest request) =>
        Holder(request) is { } holder && holder.StartsWith(Customer, StringComparison.Ordinal) ? holder[Customer.Length..] : null;

    public bool IsBackOffice(HttpRequest request) => Holder(request) == BackOffice;

    string? Holder(HttpRequest request)
    {
        var token = request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : "";
        if (token.Split('.') is not [var content, _])
            return null;

        var parts = Encoding.UTF8.GetString(Convert.FromHexString(content)).Split('\n');
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[1], null));
        return Sign(parts[0], expires) == token && time.GetUtcNow() < expires ? parts[0] : null;
    }

    static string Sign(string holder, DateTimeOffset expires)
    {
        var content = Encoding.UTF8.GetBytes($"{holder}\n{expires.ToUnixTimeSeconds()}");
        return $"{Convert.ToHexStringLower(content)}.{Convert.ToHexStringLower(HMACSHA256.HashData(Seal, content))}";
    }
}

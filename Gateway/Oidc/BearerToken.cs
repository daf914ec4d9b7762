using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Oidc;

/// <summary>A token as a client sends it, not believed yet.</summary>
static class BearerToken
{
    const string Scheme = "Bearer ";

    /// <summary>Whether the request brings a signed token where others bring a key.</summary>
    public static bool TryRead(HttpRequest request, [NotNullWhen(true)] out JsonWebToken? token)
    {
        token = null;
        if (request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;

        var text = header[Scheme.Length..].Trim();
        if (!IsToken(text))
            return false;

        try
        {
            token = new JsonWebToken(text);
            return true;
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException)
        {
            // Then it is looked up as a key, and found to be none.
            return false;
        }
    }

    /// <summary>A key may contain dots as well; but the first part of a token tells, decoded, how it is signed.</summary>
    static bool IsToken(string text)
    {
        if (text.Split('.') is not [var first, _, _] || !Base64Url.IsValid(first))
            return false;

        try
        {
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(first));
            return head.RootElement.ValueKind == JsonValueKind.Object && head.RootElement.TryGetProperty("alg", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

using System.Buffers.Text;
using System.Security.Claims;
using System.Text.Json;
using Dovetail.Gateway.Keys;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Dovetail.Gateway.Oidc;

/// <summary>Who a checked token stands for, in the words of this hub.</summary>
static class TokenClaims
{
    const int LongestClient = 100;

    /// <summary>Null if the token names no client, or one that can't be ours.</summary>
    public static ClaimsPrincipal? Principal(JsonWebToken token, OidcProvider provider, string scheme)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        if (Texts(payload.RootElement, provider.ClientClaim) is not [{ Length: > 0 } named] || named.Any(character => character is <= ' ' or > '~'))
            return null;

        var client = provider.ClientPrefix + named;
        if (client.Length > LongestClient)
            return null;

        // A scope is one text with blanks, other claims of roles are lists.
        var held = Texts(payload.RootElement, provider.RolesClaim).SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        return ClientClaims.Principal(client, Texts(payload.RootElement, provider.NameClaim) is [{ Length: > 0 and <= 200 } name] ? name : client,
        [
            .. provider.ShopRoles.Any(held.Contains) ? [Roles.Shop] : Array.Empty<string>(),
            .. provider.SupportRoles.Any(held.Contains) ? [Roles.Support] : Array.Empty<string>(),
        ], scheme);
    }

    /// <summary>A claim by its name, or by a path with dots: some providers keep roles in <c>realm_access.roles</c>.</summary>
    static IReadOnlyList<string> Texts(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return [];
        if (json.TryGetProperty(path, out var claim))
        {
            return claim.ValueKind switch
            {
                JsonValueKind.String => [claim.GetString()!],
                JsonValueKind.Array => [.. claim.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.String).Select(entry => entry.GetString()!)],
                _ => [],
            };
        }

        return path.Split('.', 2) is [var first, var rest] && json.TryGetProperty(first, out var inner) ? Texts(inner, rest) : [];
    }
}

using System.Net;
using System.Security.Claims;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Settings;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Routing;

/// <summary>The gateway's word for who the client is, signed for the roles behind.</summary>
sealed class IdentityTokens(LiveOptions options, TimeProvider time)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // The clock is ours to read: the handler would take the machine's.
    readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    public string Mint(ClaimsPrincipal client) => Mint(new Dictionary<string, object>
    {
        [ClientClaims.Client] = client.FindFirstValue(ClientClaims.Client)!,
        [ClientClaims.Name] = client.FindFirstValue(ClientClaims.Name)!,
        [ClientClaims.Role] = client.FindAll(ClientClaims.Role).Select(role => role.Value).ToArray(),
    });

    /// <summary>For who shows no key: where the request came from, and no client, so that it opens nothing that asks for one.</summary>
    public string Mint(IPAddress source) => Mint(new Dictionary<string, object>
    {
        [ClientClaims.Address] = (source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source).ToString(),
    });

    string Mint(Dictionary<string, object> claims)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "dovetail-gateway",
            Audience = "dovetail",
            IssuedAt = now,
            Expires = now + Lifetime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(options.Current.SigningKey.ToArray()), SecurityAlgorithms.HmacSha256),
        });
    }
}

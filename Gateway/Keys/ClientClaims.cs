using System.Security.Claims;

namespace Dovetail.Gateway.Keys;

/// <summary>A client as a principal, whichever way it proved itself; the first three claims travel on to the roles behind.</summary>
static class ClientClaims
{
    public const string Client = "sub";
    public const string Name = "name";
    public const string Role = "role";

    /// <summary>Where a request came from whose sender has no key.</summary>
    public const string Address = "address";

    /// <summary>Which key stands behind a signed-in session, so that revoking the key ends the session.</summary>
    public const string KeyId = "key";

    public static ClaimsPrincipal Principal(ApiKey key, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(Client, key.Client),
            new Claim(Name, key.Name),
            new Claim(KeyId, key.Id),
            .. key.Roles.Select(role => new Claim(Role, role)),
        ],
        scheme,
        Name,
        Role));

    public static ClaimsPrincipal Principal(string client, string name, IEnumerable<string> roles, string scheme) => new(new ClaimsIdentity(
        [new Claim(Client, client), new Claim(Name, name), .. roles.Select(role => new Claim(Role, role))], scheme, Name, Role));
}

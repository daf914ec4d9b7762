using System.Net;
using System.Security.Claims;

namespace Dovetail.Endpoints.Identity;

/// <summary>Who asks, by the gateway's word.</summary>
static class Caller
{
    public const string ClientClaim = "sub";
    public const string RoleClaim = "role";
    public const string AddressClaim = "address";

    /// <summary>The API client. Every policy demands it, so it is there behind each of them.</summary>
    public static string Client(this ClaimsPrincipal caller) => caller.FindFirstValue(ClientClaim)
        ?? throw new InvalidOperationException($"A request without the claim '{ClientClaim}' came past authorisation. Require one of the policies of {nameof(Access)} on its route.");

    /// <summary>Where a vendor's request came from.</summary>
    public static IPAddress Address(this ClaimsPrincipal vendor) => IPAddress.Parse(vendor.FindFirstValue(AddressClaim)
        ?? throw new InvalidOperationException($"A request without the claim '{AddressClaim}' came past authorisation. Require {nameof(Access)}.{nameof(Access.Vendor)} on its route."));

    /// <summary>Whether the order of this client is the caller's business.</summary>
    public static bool MaySee(this ClaimsPrincipal caller, string? client) => caller.IsInRole(Access.Support) || caller.Client() == client;
}

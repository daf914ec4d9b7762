using System.Text.Encodings.Web;
using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Routing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Gateway.Keys;

/// <summary>Knows a client by the key it sends, in a header of its own or as a bearer token.</summary>
sealed class ApiKeyHandler(ApiKeys keys, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "ApiKey";
    public const string Header = "X-Api-Key";

    const string NoKey = "This path needs a key. Send yours in the header X-Api-Key, or as Authorization: Bearer, where a token of a provider that this hub knows is taken, too.";

    public static bool HasKey(HttpRequest request) => request.Headers.ContainsKey(Header) || request.Headers.ContainsKey("Authorization");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (ReadKey() is not { } sent)
            return HasKey(Request) ? AuthenticateResult.Fail("The credentials cannot be read. Send one key, in the header X-Api-Key or as Authorization: Bearer.") : AuthenticateResult.NoResult();

        var now = TimeProvider.GetUtcNow();
        return await keys.Find(sent, Context.RequestAborted) switch
        {
            null => AuthenticateResult.Fail("This key is not known here. Check that it was copied whole and belongs to this installation."),
            { Revoked: not null } key => AuthenticateResult.Fail($"Key {key.Id} was revoked. Ask for a new one."),
            var key when !key.IsActive(now) => AuthenticateResult.Fail($"Key {key.Id} expired on {key.Expires:yyyy-MM-dd HH:mm} UTC. Ask for a new one."),
            var key => AuthenticateResult.Success(new AuthenticationTicket(ClientClaims.Principal(key, Name), Name)),
        };
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties) =>
        await Challenge(Context, (await HandleAuthenticateOnceSafeAsync()).Failure?.Message);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Forbid(Context);

    public static Task Challenge(HttpContext context, string? failure)
    {
        context.Response.Headers.WWWAuthenticate = failure is null ? "Bearer realm=\"dovetail\"" : $"Bearer realm=\"dovetail\", error=\"invalid_token\", error_description=\"{failure}\"";
        return Problem.Write(context, StatusCodes.Status401Unauthorized, failure ?? NoKey);
    }

    public static Task Forbid(HttpContext context)
    {
        var needed = string.Join(" or ", GatewayRoute.Of(context)?.Access.Roles ?? []);
        return Problem.Write(context, StatusCodes.Status403Forbidden, $"Your key or token does not open this path: it needs the role {needed}. Use one that has it, or ask for one.");
    }

    string? ReadKey() =>
        Request.Headers[Header] is [{ Length: > 0 } key] ? key
        : !Request.Headers.ContainsKey(Header) && Request.Headers.Authorization is [{ } value] && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim()
        : null;
}

using System.Text.Encodings.Web;
using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Keys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Oidc;

/// <summary>Knows a client by a token that a provider signed for this hub.</summary>
/// <remarks>What is wrong is told in words of our own: nothing of the token is repeated, and nothing of what we know of its keys.</remarks>
sealed class TokenHandler(Providers providers, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Oidc";

    // Only such that whoever can check a token can't make one.
    static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    static readonly JsonWebTokenHandler Tokens = new();
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    public static bool CanRead(HttpContext context) =>
        !context.Request.Headers.ContainsKey(ApiKeyHandler.Header) && BearerToken.TryRead(context.Request, out _);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!BearerToken.TryRead(Request, out var token))
            return AuthenticateResult.NoResult();
        if (!Algorithms.Contains(token.Alg, StringComparer.Ordinal))
            return AuthenticateResult.Fail("The token is not signed with an asymmetric algorithm of RSA or ECDSA. Only such tokens are taken.");
        if (providers.Find(token.Issuer) is not { } keys)
            return AuthenticateResult.Fail("The token's issuer is not known here. Use a provider that this hub takes tokens from.");

        return await keys.Find(token.Kid is { Length: > 0 } id ? id : null, Context.RequestAborted) switch
        {
            null => AuthenticateResult.Fail(new ProviderAwayException()),
            [] => AuthenticateResult.Fail("The token is signed with a key that its issuer does not publish. Get a new token."),
            var signing => await Check(token, keys.Provider, signing),
        };
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure;
        await (failure is ProviderAwayException
            ? Problem.WriteLater(Context, StatusCodes.Status503ServiceUnavailable, Pause, $"The token can't be checked, as its issuer does not answer at this moment. {Advice.NothingAccepted(Context)} An API key works meanwhile.")
            : ApiKeyHandler.Challenge(Context, failure?.Message));
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => ApiKeyHandler.Forbid(Context);

    async Task<AuthenticateResult> Check(JsonWebToken token, OidcProvider provider, IReadOnlyList<SecurityKey> signing)
    {
        var result = await Tokens.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms,
            IssuerSigningKeys = signing,
            IssuerValidator = (issuer, _, _) => issuer.TrimEnd('/') == provider.Issuer.TrimEnd('/') ? issuer : throw new SecurityTokenInvalidIssuerException(),
            ValidAudiences = provider.Audiences,

            // Below: the clock is ours to read.
            ValidateLifetime = false,
        });
        if (!result.IsValid)
        {
            return AuthenticateResult.Fail(result.Exception is SecurityTokenInvalidAudienceException
                ? "The token is meant for another audience. Ask the provider for one for this hub."
                : "The token's signature is not right. Get a new token, and send it whole.");
        }

        var now = TimeProvider.GetUtcNow().UtcDateTime;
        if (token.ValidTo == DateTime.MinValue)
            return AuthenticateResult.Fail("The token never expires. Only tokens with an expiry are taken.");
        if (token.ValidTo <= now - provider.ClockSkew)
            return AuthenticateResult.Fail("The token has expired. Get a new one.");
        if (token.ValidFrom > now + provider.ClockSkew)
            return AuthenticateResult.Fail("The token is not in force yet. Compare the clocks of the provider and of this hub.");

        return TokenClaims.Principal(token, provider, Name) is { } client
            ? AuthenticateResult.Success(new AuthenticationTicket(client, Name))
            : AuthenticateResult.Fail($"The token names no client: this hub reads the claim {provider.ClientClaim}, as one printable text without blanks.");
    }

    sealed class ProviderAwayException() : Exception("The keys of the token's issuer can't be read at this moment.");
}

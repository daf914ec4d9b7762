using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.ServiceControl.Access;

/// <summary>Who may come in: support, as the gateway has signed it, and nobody else.</summary>
static class GatewayIdentity
{
    const string Support = "support";
    const string Role = "role";

    public static void Add(IServiceCollection services, ServiceControlOptions options)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = "dovetail-gateway",
                ValidAudience = "dovetail",
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                IssuerSigningKey = new SymmetricSecurityKey(options.SigningKey.ToArray()),
                RoleClaimType = Role,
                ClockSkew = TimeSpan.FromSeconds(30),
            };
            bearer.Events = new JwtBearerEvents { OnChallenge = Challenge, OnForbidden = Forbid };
        });

        // The fallback holds for what says nothing about itself, so that a new route cannot be forgotten.
        var support = new AuthorizationPolicyBuilder().RequireRole(Support).Build();
        services.AddAuthorizationBuilder().SetDefaultPolicy(support).SetFallbackPolicy(support);
    }

    static Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Say(context.HttpContext, "unauthorized", "The request carries no valid identity of the gateway. Come through the gateway.");
    }

    static Task Forbid(ForbiddenContext context) =>
        Say(context.HttpContext, "forbidden", $"Only the role {Support} may look into messages. Ask whoever runs this hub for a key with that role.");

    static Task Say(HttpContext context, string error, string message) =>
        context.Response.WriteAsJsonAsync(new { error, message }, context.RequestAborted);
}

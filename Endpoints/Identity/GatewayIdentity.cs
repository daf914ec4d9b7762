using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Endpoints.Identity;

/// <summary>The roles behind the gateway believe its signed word for who the client is, and nothing else in a request.</summary>
public static class GatewayIdentity
{
    const string KeySetting = "Identity:SigningKey";
    const string Issuer = "dovetail-gateway";
    const string Audience = "dovetail";
    static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Whatever says nothing about who may come in is closed to everybody whom the gateway has not vouched for.</summary>
    public static IServiceCollection AddGatewayIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        // Roles that share a process share its services; a scheme can be added once only.
        if (services.Any(service => service.ServiceType == typeof(Marker)))
            return services;

        services.AddSingleton<Marker>();
        services.TryAddSingleton(TimeProvider.System);
        var key = SigningKey(configuration);
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<TimeProvider>((bearer, time) =>
        {
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = new()
            {
                ValidIssuer = Issuer,
                ValidAudience = Audience,
                IssuerSigningKey = key,
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                RequireExpirationTime = true,
                LifetimeValidator = (notBefore, expires, _, _) => IsCurrent(notBefore, expires, time.GetUtcNow().UtcDateTime),
                NameClaimType = Caller.ClientClaim,
                RoleClaimType = Caller.RoleClaim,
            };
        });

        services.AddAuthorizationBuilder()
            .AddPolicy(Access.Shop, policy => Vouched(policy).RequireRole(Access.Shop))
            .AddPolicy(Access.Support, policy => Vouched(policy).RequireRole(Access.Support))
            .AddPolicy(Access.ShopOrSupport, policy => Vouched(policy).RequireRole(Access.Shop, Access.Support))
            .AddPolicy(Access.Vendor, policy => policy.RequireAuthenticatedUser().RequireClaim(Caller.AddressClaim))
            .SetDefaultPolicy(Vouched(new()).Build())
            .SetFallbackPolicy(Vouched(new()).Build());
        return services;
    }

    static AuthorizationPolicyBuilder Vouched(AuthorizationPolicyBuilder policy) => policy.RequireAuthenticatedUser().RequireClaim(Caller.ClientClaim);

    static bool IsCurrent(DateTime? notBefore, DateTime? expires, DateTime now) =>
        now + ClockSkew >= (notBefore ?? DateTime.MinValue) && expires is { } end && now - ClockSkew < end;

    static SymmetricSecurityKey SigningKey(IConfiguration configuration)
    {
        var secret = Encoding.UTF8.GetBytes(configuration[KeySetting] ?? "");
        return secret.Length >= 32 ? new(secret) : throw new OptionsValidationException(KeySetting, typeof(SymmetricSecurityKey),
            [$"{KeySetting} {(secret.Length == 0 ? "is missing" : $"has {secret.Length} bytes")}; it must be a random text of at least 32 bytes, the same for the gateway and all roles behind it."]);
    }

    sealed class Marker;
}

/// <summary>The policies of who may come in.</summary>
public static class Access
{
    /// <summary>Clients that place orders.</summary>
    public const string Shop = "shop";

    /// <summary>People who may look into every order.</summary>
    public const string Support = "support";

    /// <summary>Systems of others that tell us something: the gateway vouches for their address alone, and the rest is to be proved.</summary>
    public const string Vendor = "vendor";

    /// <summary>Either of the two.</summary>
    public const string ShopOrSupport = "shop-or-support";
}

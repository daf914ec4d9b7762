using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Routing;
using Dovetail.Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;

namespace Dovetail.Gateway.Limits;

/// <summary>How often one may ask: a known client by its name, whoever is not known by the address.</summary>
sealed class RateLimits(LiveOptions options, TimeProvider time) : IDisposable
{
    // The limit is part of the key: a changed limit means a new bucket, and the old one falls idle and goes.
    readonly PartitionedRateLimiter<Quota> _buckets =
        PartitionedRateLimiter.Create<Quota, Quota>(quota => RateLimitPartition.Get(quota, _ => new TokenBucket(quota.Limit, time)));

    public async Task Hold(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            await next(context);
            return;
        }

        var quota = QuotaOf(context, options.Current);
        using var lease = _buckets.AttemptAcquire(quota);
        lease.TryGetMetadata(TokenBucket.Level, out var level);
        var more = Math.Ceiling(level!.More.TotalSeconds);
        context.Response.Headers["RateLimit-Policy"] = Invariant($"\"{quota.Policy}\";q={quota.Limit.Burst};w={Math.Ceiling(quota.Limit.Burst / quota.Limit.PerSecond)}");
        context.Response.Headers["RateLimit"] = Invariant($"\"{quota.Policy}\";r={level.Left};t={more}");

        if (lease.IsAcquired)
            await next(context);
        else
        {
            await Problem.WriteLater(
                context,
                StatusCodes.Status429TooManyRequests,
                level.More,
                Invariant($"More requests came than the limit '{quota.Policy}' allows. Wait {more} seconds. {Advice.NothingAccepted(context)}"),
                Problem.QuotaExceeded,
                ("violated-policies", new[] { quota.Policy }));
        }
    }

    public void Dispose() => _buckets.Dispose();

    static Quota QuotaOf(HttpContext context, GatewayOptions options)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<SignInAttempt>() is not null)
            return new Quota("signin", Network(context.Connection.RemoteIpAddress), options.SignInLimit);

        if (GatewayRoute.Of(context) is { FromVendors: true })
            return new Quota("hooks", Network(context.Connection.RemoteIpAddress), options.HookLimit);

        return GatewayRoute.Of(context)?.Access != Access.Anyone && context.User.FindFirstValue(ClientClaims.Client) is { } client
            ? new Quota("client", client, options.ClientLimit)
            : new Quota("public", Network(context.Connection.RemoteIpAddress), options.PublicLimit);
    }

    /// <summary>Whoever has one address of IPv6 has 2^64 of them, so the network counts.</summary>
    static string Network(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true })
            return address.MapToIPv4().ToString();

        return address is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : $"{address}";
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    sealed record Quota(string Policy, string Holder, TokenLimit Limit);
}

/// <summary>Marks the one endpoint where secrets can be tried.</summary>
sealed class SignInAttempt;

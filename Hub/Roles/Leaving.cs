using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Hub.Roles;

/// <summary>A role that is about to stop says that it is not ready any more, and still serves whoever has not heard that.</summary>
sealed class Leaving : IHealthCheck
{
    volatile bool _isAnnounced;

    public void Announce() => _isAnnounced = true;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isAnnounced ? HealthCheckResult.Unhealthy("It is about to stop.") : HealthCheckResult.Healthy());

    /// <summary>Connections that are kept for the next request end with this one: by the time the role stops, few are left to be cut.</summary>
    public Task LetGo(HttpContext context, RequestDelegate next)
    {
        if (_isAnnounced && HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        return next(context);
    }
}

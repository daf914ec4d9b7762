using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Delivery;

/// <summary>Reads one city: CDEK is there and gives us a token.</summary>
sealed class CdekHealth(CdekClient cdek) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await cdek.Ping(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

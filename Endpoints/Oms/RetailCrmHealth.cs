using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Oms;

/// <summary>Reads a short list: RetailCRM is there and accepts the key.</summary>
sealed class RetailCrmHealth(RetailCrmClient crm) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await crm.Statuses(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

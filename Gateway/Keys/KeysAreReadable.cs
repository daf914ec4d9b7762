using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Gateway.Keys;

/// <summary>Without its keys the gateway can let nobody in. A role that is away does not make it unready: the other routes still work.</summary>
sealed class KeysAreReadable(ApiKeys keys) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await keys.List(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception unreadable) when (KeyDatabase.Caused(unreadable))
        {
            return HealthCheckResult.Unhealthy("The keys cannot be read. Check the database named by Gateway:Database.", unreadable);
        }
    }
}

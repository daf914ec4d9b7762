using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Loyalty;

sealed class LoymaxHealth(LoymaxClient client) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await client.Check(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or RejectedException)
        {
            return new(context.Registration.FailureStatus, failure.Message, failure);
        }
    }
}

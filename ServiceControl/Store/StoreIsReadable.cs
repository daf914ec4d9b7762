using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.ServiceControl.Store;

/// <summary>Ready means that messages can be looked at.</summary>
sealed class StoreIsReadable(MessageStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await store.Read(database => database.Messages.AnyAsync(cancellationToken), cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

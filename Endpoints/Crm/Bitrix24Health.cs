using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>The portal answers and accepts the credential.</summary>
sealed class Bitrix24Health(Bitrix24Client bitrix, IOptions<Bitrix24Options> options) : IHealthCheck
{
    public const string Deaf = "What people change by hand in the CRM is not heard of: that needs an application (Crm:Bitrix24:ClientId) instead of a webhook.";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await bitrix.Stages(cancellationToken);
        return HealthCheckResult.Healthy(options.Value.IsApplication ? null : $"It answers. {Deaf}");
    }
}

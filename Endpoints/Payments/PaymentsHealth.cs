using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Payments;

/// <summary>The chosen provider must answer; one that only finishes old payments may be away for a while.</summary>
sealed class PaymentsHealth(PaymentProviders providers) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (await Fault(providers.Chosen, cancellationToken) is { } fault)
            return new(context.Registration.FailureStatus, fault.Message, fault);

        foreach (var other in providers.Others)
        {
            if (await Fault(other, cancellationToken) is { } minor)
                return HealthCheckResult.Degraded(minor.Message, minor);
        }

        return HealthCheckResult.Healthy();
    }

    static async Task<Exception?> Fault(IPaymentProvider provider, CancellationToken cancellation)
    {
        try
        {
            await provider.Check(cancellation);
            return null;
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or RejectedException)
        {
            return failure;
        }
    }
}

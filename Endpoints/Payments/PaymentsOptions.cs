using Dovetail.Endpoints.Payments.Stripe;
using Dovetail.Endpoints.Payments.YooKassa;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Payments;

/// <summary>Section <c>Payments</c>.</summary>
sealed class PaymentsOptions
{
    /// <summary>Where money is held from now on. Payments that were made elsewhere are finished there, as long as its settings stay.</summary>
    public string Provider { get; set; } = YooKassaClient.System;
}

sealed class PaymentsValidation : IValidateOptions<PaymentsOptions>
{
    static readonly string[] Known = [YooKassaClient.System, StripeClient.System];

    public ValidateOptionsResult Validate(string? name, PaymentsOptions options) => Known.Contains(options.Provider)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"Payments:Provider is '{options.Provider}', it must be {string.Join(" or ", Known)}.");
}

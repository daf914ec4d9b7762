using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Payments.Stripe;

/// <summary>Section <c>Payments:Stripe</c>.</summary>
sealed class StripeOptions : ConnectorOptions
{
    /// <summary>The account's secret key, or a restricted one that may write payment intents and refunds.</summary>
    public string? SecretKey { get; set; }

    protected override IEnumerable<(string Key, string? Value)> Required() => [(nameof(SecretKey), SecretKey)];
}

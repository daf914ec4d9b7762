using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Payments;

/// <summary>Which provider does what: new payments go where the setting says, and everything else to where the payment was made.</summary>
sealed class PaymentProviders(IEnumerable<IPaymentProvider> configured, IOptions<PaymentsOptions> options, OperationsLedger ledger)
{
    readonly IReadOnlyList<IPaymentProvider> _configured = [.. configured];

    public IPaymentProvider Chosen => _configured.Single(provider => provider.Name == options.Value.Provider);

    public IEnumerable<IPaymentProvider> Others => _configured.Where(provider => provider.Name != options.Value.Provider);

    /// <summary>A hold that was begun before the setting changed may be standing: it is finished where it was begun.</summary>
    public async Task<IPaymentProvider> For(HoldPayment command, CancellationToken cancellation) =>
        _configured.Count > 1 && await ledger.Find(command.OperationId, cancellation) is { } begun
            ? _configured.FirstOrDefault(provider => provider.Name == begun.System) ?? Chosen
            : Chosen;

    public IPaymentProvider Of(string paymentId) => _configured.FirstOrDefault(provider => provider.Owns(paymentId)) ?? throw new RejectedException(
        $"Payment {paymentId} was not made at {string.Join(" or ", _configured.Select(provider => provider.Name))}, and no other provider is configured. " +
        "Nothing was sent. Bring back the settings of the provider that made it (Payments:YooKassa or Payments:Stripe), then retry the message.");
}

namespace Dovetail.Endpoints.Sandbox.Loymax;

/// <summary>A customer of the loyalty programme.</summary>
/// <param name="Overlaps">How often a request came while another one for this customer was running, which the real system does not bear.</param>
sealed record LoymaxCustomer(string Card, decimal Balance, int Overlaps = 0);

/// <summary>A purchase: points written off at once, points earned credited when it is confirmed.</summary>
/// <param name="State">Created, then Confirmed or Canceled.</param>
sealed record LoymaxPurchase(
    string Id, string Card, string ChequeNumber, string State, decimal Total, decimal WrittenOff, decimal Earned, IReadOnlyList<LoymaxOperation> Operations);

sealed record LoymaxOperation(string Id, string Kind, DateTimeOffset At);

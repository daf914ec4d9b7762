namespace Dovetail.Endpoints.Sandbox.Mindbox;

/// <summary>The body of an order price calculation, as far as it is used here.</summary>
sealed record MindboxCalculation(MindboxCustomer? Customer, MindboxOrder? Order);

sealed record MindboxCustomer(Dictionary<string, string>? Ids);

sealed record MindboxOrder(Dictionary<string, string>? Ids, IReadOnlyList<MindboxLine>? Lines);

sealed record MindboxLine(MindboxProduct? Product, string? LineId, int? LineNumber, decimal Quantity, decimal BasePricePerItem);

sealed record MindboxProduct(Dictionary<string, string>? Ids);

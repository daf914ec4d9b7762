namespace Dovetail.Contracts.Payments;

/// <summary>What a fiscal receipt says beside the amount, where the law wants one sent with a payment. Personal data: stays out of logs.</summary>
/// <param name="Email">Where the customer gets it; null where only the phone is known.</param>
/// <param name="Lines">What is paid for. The amount of the command is spread over them by their totals, which need not add up to it: points may have paid a part.</param>
public sealed record Receipt(string? Email, string? Phone, IReadOnlyList<ReceiptLine> Lines);

/// <summary>One line of a receipt.</summary>
/// <param name="Total">Quantity times unit price less the discount.</param>
public sealed record ReceiptLine(string Name, int Quantity, Money Total);

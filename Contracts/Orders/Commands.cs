using Dovetail.Contracts.Payments;

namespace Dovetail.Contracts.Orders.Commands;

/// <summary>Fulfil this order. Sender: Shop, in one commit with the stored order. Receiver: Sagas (starts OrderFulfilment).</summary>
/// <param name="TrackingId">Unguessable id of the customer's public page.</param>
/// <param name="Client">The API client that placed it and may see it.</param>
/// <param name="AgreedTotal">The most that the customer agreed to pay: the hub never charges more.</param>
/// <param name="PointsToSpend">Loyalty points that pay a part, one point for one unit of the currency; 0 for none.</param>
/// <param name="PaymentMethod">The payment provider's id of a saved method; no card data.</param>
public sealed record PlaceOrder(
    string OrderId, string TrackingId, string Client, DateTimeOffset PlacedAt, Customer Customer, IReadOnlyList<OrderLine> Lines,
    Destination Destination, Money AgreedTotal, decimal PointsToSpend, string PaymentMethod);

/// <summary>The customer or the shop no longer wants the order, or the sales people gave it up in the CRM. Senders: Shop, Crm. Receiver: Sagas (OrderFulfilment).</summary>
public sealed record CancelOrder(string OrderId, string Reason);

/// <summary>A person dealt with what held the order up: ask the silent system again. Sender: Shop. Receiver: Sagas (OrderFulfilment).</summary>
/// <param name="By">Who says so: the client id of a support key.</param>
/// <param name="Settled">It was done by hand where the system would not do it: the system is not asked any more. Only for what is undone, and for points.</param>
public sealed record ResumeOrder(string OrderId, string By, bool Settled = false);

/// <summary>Pay a part of what was taken back to the customer; nothing else of the order changes. Sender: Shop. Receiver: Sagas (OrderFulfilment).</summary>
/// <param name="RefundId">Stays the same however often the wish is repeated.</param>
/// <param name="Reason">In words for the customer.</param>
/// <param name="By">Who says so: the client id of a support key.</param>
/// <param name="Customer">Whom to tell, and whose receipt it is: an order that has ended is remembered without its customer.</param>
/// <param name="Lines">What the money goes back for, adding up to the amount; null for the order's lines, each by its share.</param>
public sealed record RefundPart(
    string OrderId, string RefundId, Money Amount, string Reason, string By, Customer Customer, string TrackingId, string Client,
    IReadOnlyList<ReceiptLine>? Lines = null);

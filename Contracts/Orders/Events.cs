namespace Dovetail.Contracts.Orders.Events;

/// <summary>The order has been taken over and is on its way. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderPlaced(
    string OrderId, Standing Standing, string TrackingId, string Client, DateTimeOffset PlacedAt, Customer Customer,
    IReadOnlyList<OrderLine> Lines, Money AgreedTotal);

/// <summary>The manufacturing system has taken a model and computes its price. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record ModelPricingStarted(string OrderId, Standing Standing, string LineId);

/// <summary>A line made to order has its price. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record ModelPriced(string OrderId, Standing Standing, string LineId, Money UnitPrice);

/// <summary>All lines have their price; once more when the lines are to change. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderPriced(string OrderId, Standing Standing, Money Total);

/// <summary>Loyalty points are set aside for this order. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderPointsReserved(string OrderId, Standing Standing, decimal Points);

/// <summary>The money is held on the customer's card, and not yet taken. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderPaymentHeld(string OrderId, Standing Standing, Money Amount);

/// <summary>The hold ends soon, the goods are not ready, and the bank will not hold the money anew beside it. It is asked once more when the hold has ended; a no cancels the order. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Until">When the hold ends.</param>
/// <param name="Reason">Why the bank will not.</param>
public sealed record OrderHoldNotRenewed(string OrderId, Standing Standing, DateTimeOffset Until, string Reason);

/// <summary>The order management system has the order and has its goods picked. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderRegistered(string OrderId, Standing Standing, string OmsNumber);

/// <summary>Goods are missing, and people are asked what the customer gets instead. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Missing">The lines that can't be delivered as they are.</param>
/// <param name="Why">What happened: "out of stock: Desk lamp", or why an earlier decision could not be carried out.</param>
public sealed record OrderSubstitutionAsked(string OrderId, Standing Standing, string TaskId, IReadOnlyList<PricedLine> Missing, string Why);

/// <summary>It is decided what the customer gets instead; the order is being changed to that. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Decision">Who decided what: "Olga: Floor lamp instead of Desk lamp; without Bulb".</param>
public sealed record OrderSubstitutionDecided(string OrderId, Standing Standing, string TaskId, string Decision);

/// <summary>Points set aside were given back, to be set aside anew for other lines. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderPointsReleased(string OrderId, Standing Standing, decimal Points);

/// <summary>A hold on the customer's card was released, as another took its place or nothing is left to pay. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderPaymentReleased(string OrderId, Standing Standing, Money Amount);

/// <summary>The order has other lines now, and the order management system picks them. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Lines">All lines as they are now.</param>
/// <param name="Total">What the customer pays, points included.</param>
public sealed record OrderAmended(string OrderId, Standing Standing, IReadOnlyList<PricedLine> Lines, Money Total);

/// <summary>All goods are picked and packed. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderPicked(string OrderId, Standing Standing);

/// <summary>The money has been taken. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderPaid(string OrderId, Standing Standing, Money Amount);

/// <summary>The carrier has registered the shipment. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderShipmentBooked(string OrderId, Standing Standing, string TrackingNumber);

/// <summary>The shipment moved. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Where">What the carrier says, in words for a customer.</param>
public sealed record OrderOnItsWay(string OrderId, Standing Standing, string Where);

/// <summary>The customer has the goods. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderDelivered(string OrderId, Standing Standing);

/// <summary>Everything is done and settled; points earned are credited. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderCompleted(string OrderId, Standing Standing, decimal PointsEarned);

/// <summary>The order will not be fulfilled; what was done is being undone. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderCancelling(string OrderId, Standing Standing, string Reason);

/// <summary>One thing that had been done was undone, as the order is cancelled, or takes other lines. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="What">What was undone, in words of the business: "the hold on the card was released".</param>
public sealed record OrderStepUndone(string OrderId, Standing Standing, string What);

/// <summary>The order is cancelled and nothing of it remains. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderCancelled(string OrderId, Standing Standing, string Reason);

/// <summary>Too late to cancel: the order goes on. Publisher: Sagas. Subscribers: Tracking, Crm.</summary>
public sealed record OrderCancellationRefused(string OrderId, Standing Standing, string Reason);

/// <summary>A part of what was taken is to be paid back to the customer, whatever else becomes of the order. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="By">Who wanted it so.</param>
public sealed record OrderRefundAsked(string OrderId, Standing Standing, string RefundId, Money Amount, string By, string Reason);

/// <summary>A part of what was taken has been paid back. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="InAll">What has been paid back in parts so far, this one included.</param>
public sealed record OrderPartRefunded(string OrderId, Standing Standing, string RefundId, Money Amount, Money InAll);

/// <summary>A part was not paid back, nor will be: it was more than is left, or nothing was taken. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderRefundRefused(string OrderId, Standing Standing, string RefundId, Money Amount, string Reason);

/// <summary>Money that had been paid back did not arrive, and people look for another way. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderRefundFailed(string OrderId, Standing Standing, Money Amount, string Reason);

/// <summary>Money that had not arrived has been paid back after all. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderRefundRepeated(string OrderId, Standing Standing, Money Amount);

/// <summary>A system did not answer by its deadline and was asked again. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Attempt">How often it has been asked by now, this time included.</param>
public sealed record OrderDelayed(string OrderId, Standing Standing, string System, int Attempt);

/// <summary>A person must look: the order does not move by itself. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Queue">The people whose task it is: "support desk".</param>
/// <param name="Why">What happened and what the person can do.</param>
public sealed record OrderNeedsAttention(string OrderId, Standing Standing, string Queue, string Why);

/// <summary>The order moves again: the system answered, or a person dealt with it. Publisher: Sagas. Subscriber: Tracking.</summary>
public sealed record OrderAttentionEnded(string OrderId, Standing Standing, string How);

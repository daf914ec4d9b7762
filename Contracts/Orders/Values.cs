namespace Dovetail.Contracts.Orders;

/// <summary>Who bought. Personal data: stays out of logs.</summary>
/// <param name="CustomerId">The shop's id of the customer.</param>
/// <param name="LoyaltyCard">Card number or phone by which the loyalty programme knows the customer; null for who takes no part.</param>
public sealed record Customer(string CustomerId, string Name, string Email, string Phone, string? LoyaltyCard = null);

/// <summary>Where the goods go: to a door, or to a pick-up point of the carrier.</summary>
/// <param name="PickupPoint">The carrier's code of the point; then <paramref name="Address"/> is not used.</param>
public sealed record Destination(string CountryCode, string City, string PostalCode, string Address, string? PickupPoint = null);

/// <summary>One line as the customer ordered it: goods from stock with a price, or work to be made from a model and priced first.</summary>
/// <param name="LineId">Unique within the order.</param>
/// <param name="UnitPrice">The catalogue price; null for a line made to order.</param>
/// <param name="Model">What to make; null for goods from stock.</param>
public sealed record OrderLine(string LineId, string Sku, string Name, int Quantity, Money? UnitPrice = null, Model? Model = null);

/// <summary>A 3D model to be made.</summary>
/// <param name="Url">Where the manufacturing system fetches the file.</param>
/// <param name="Sha256">Hash of the file's content, lower-case hex: the model's identity.</param>
public sealed record Model(string Url, string Sha256, string Material);

/// <summary>One line with the price that the customer pays.</summary>
/// <param name="Total">Quantity times unit price less the discount.</param>
public sealed record PricedLine(string LineId, string Sku, string Name, int Quantity, Money UnitPrice, Money Discount, Money Total);

/// <summary>Where an order stands after an event: who acts next, what for, and by when. An order in flight always has all three.</summary>
/// <param name="Sequence">Counts the order's events from 1 without gaps; orders them, as messages may arrive in any order.</param>
/// <param name="Owner">Who acts next, in words of the business; null when the order has ended.</param>
/// <param name="Waiting">What the owner is to do; null when the order has ended.</param>
/// <param name="Deadline">When the hub itself acts if nobody has; null when the order has ended.</param>
public sealed record Standing(int Sequence, DateTimeOffset At, string? Owner = null, string? Waiting = null, DateTimeOffset? Deadline = null);

using Dovetail.Contracts;
using Dovetail.Endpoints.Tracking.Writing;

namespace Dovetail.Endpoints.Tests.Tracking;

[TestClass]
public sealed class JourneyFactTests
{
    static readonly string[] PersonalData = ["Anna", "Petrova", "anna@example.com", "+7999", "CARD-1", "C-7"];

    [TestMethod]
    public void There_are_words_for_every_event()
    {
        var told = History.Of_everything("A-1").Events.Select(message => message.GetType()).ToList();
        var declared = typeof(Money).Assembly.GetExportedTypes().Where(type => type.Namespace == "Dovetail.Contracts.Orders.Events").ToList();
        CollectionAssert.AreEquivalent(declared, told, "An event is missing here: add it to History, its words to JourneyFact, its handler to TrackingEndpoint.Configure.");
    }

    [TestMethod]
    [DataRow("OrderPlaced", "placed", "The order is placed: 2 lines, at most 5000.00 RUB to pay.", "We have received your order.")]
    [DataRow("ModelPricingStarted", "model-pricing-started", "Manufacturing computes the price of line 2, which is made to order.", "Our workshop is working out the price of what is made for you.")]
    [DataRow("ModelPriced", "model-priced", "Line 2, made to order, costs 1200.00 RUB apiece.", "What is made for you costs 1200.00 RUB apiece.")]
    [DataRow("OrderPriced", "priced", "The order costs 4990.00 RUB.", "Your order costs 4990.00 RUB.")]
    [DataRow("OrderPointsReserved", "points-reserved", "Loyalty points set aside: 100.", "Set aside of your loyalty points for this order: 100.")]
    [DataRow("OrderPaymentHeld", "payment-held", "4990.00 RUB are held on the customer's card.", "4990.00 RUB are held on your card. Nothing has been taken yet.")]
    [DataRow("OrderHoldNotRenewed", "hold-not-renewed", "The hold ends at 2026-11-28 10:00 UTC, and the bank will not hold the money anew before: the card has expired. It is asked once more then, and the order is cancelled if it declines.", "The hold on your card ends at 2026-11-28 10:00 UTC. If your order is not ready by then, we will ask your bank to hold the money again.")]
    [DataRow("OrderRegistered", "registered", "Order management has the order as 1042 and has its goods picked.", "Our warehouse has your order.")]
    [DataRow("OrderSubstitutionAsked", "substitution-asked", "The call centre decides what the customer gets instead of Mug: out of stock: Mug.", "Not everything is there: Mug. We will ask you what you would like instead.")]
    [DataRow("OrderSubstitutionDecided", "substitution-decided", "It is decided what the customer gets instead (operator-1: Cup instead of Mug).", "It is settled what you get instead; we are changing your order.")]
    [DataRow("OrderPointsReleased", "points-released", "Loyalty points given back: 100.", "Given back to your loyalty points: 100.")]
    [DataRow("OrderPaymentReleased", "payment-released", "The hold of 4990.00 RUB on the customer's card was released.", "The earlier hold of 4990.00 RUB on your card was released.")]
    [DataRow("OrderAmended", "amended", "The order has changed to Cup, and costs 4990.00 RUB.", "Your order has changed to Cup, and costs 4990.00 RUB.")]
    [DataRow("OrderPicked", "picked", "All goods are picked and packed.", "Your order is packed.")]
    [DataRow("OrderPaid", "paid", "4990.00 RUB have been taken from the customer's card.", "Your payment of 4990.00 RUB went through.")]
    [DataRow("OrderShipmentBooked", "shipment-booked", "The carrier has registered the shipment as CDEK-77.", "The carrier knows of your parcel. Its number is CDEK-77.")]
    [DataRow("OrderOnItsWay", "on-its-way", "The carrier says: arrived in Omsk.", "Arrived in Omsk.")]
    [DataRow("OrderDelivered", "delivered", "The customer has the goods.", "Your order has been delivered.")]
    [DataRow("OrderCompleted", "completed", "Everything is done and settled. Loyalty points credited: 49.", "Loyalty points credited to you: 49.")]
    [DataRow("OrderCancelling", "cancelling", "The order is being cancelled: out of stock: Mug. What was done for it is being undone.", "Your order is being cancelled: out of stock: Mug.")]
    [DataRow("OrderStepUndone", "step-undone", "Undone: the hold of 4990.00 RUB on the card was released.", "The hold of 4990.00 RUB on the card was released.")]
    [DataRow("OrderCancelled", "cancelled", "The order is cancelled and nothing of it remains: out of stock: Mug.", "Your order is cancelled: out of stock: Mug.")]
    [DataRow("OrderCancellationRefused", "cancellation-refused", "It is too late to cancel, the order goes on: the carrier has the goods.", "It is too late to cancel your order: the carrier has the goods.")]
    [DataRow("OrderRefundAsked", "refund-asked", "500.00 RUB are to be paid back, as support-1 wants it: a scratch.", "500.00 RUB of what you paid are on their way back to you: a scratch.")]
    [DataRow("OrderPartRefunded", "part-refunded", "500.00 RUB have been paid back; in parts 700.00 RUB so far.", "500.00 RUB have been paid back to you.")]
    [DataRow("OrderRefundRefused", "refund-refused", "9000.00 RUB are not paid back: no more than 4490.00 RUB is left.", null)]
    [DataRow("OrderRefundFailed", "refund-failed", "250.00 RUB that had been paid back did not arrive: the card or wallet was closed.", "250.00 RUB that we paid back to you did not arrive: the card or wallet was closed. One of our people is looking after it.")]
    [DataRow("OrderRefundRepeated", "refund-repeated", "250.00 RUB that had not arrived have been paid back.", "250.00 RUB that had not arrived have been paid back to you.")]
    [DataRow("OrderDelayed", "delayed", "Loyalty did not answer in time and was asked again, for the 2nd time.", null)]
    [DataRow("OrderNeedsAttention", "needs-attention", "A task for the support desk: Loyalty was asked 3 times and has not answered. To do: resume the order.", "This step takes longer than usual. One of our people is looking after it.")]
    [DataRow("OrderAttentionEnded", "attention-ended", "The order moves again: Loyalty answered.", "Your order moves again.")]
    public void An_event_is_told_in_words(string type, string kind, string text, string? customerText)
    {
        var message = History.Of_everything("A-1").Events.Single(message => message.GetType().Name == type);
        var fact = JourneyFact.Of(message);
        Assert.AreEqual(("A-1", kind, text, customerText), (fact.OrderId, fact.Kind, fact.Text, fact.CustomerText));
        foreach (var secret in PersonalData) Assert.DoesNotContain(secret, fact.ToString());
    }

    [TestMethod]
    public void A_stranger_is_refused_with_the_place_where_its_words_belong() =>
        Assert.Contains("JourneyFact.Of", Assert.ThrowsExactly<InvalidOperationException>(() => JourneyFact.Of("an event of tomorrow")).Message);
}

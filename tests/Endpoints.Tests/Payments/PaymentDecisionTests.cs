using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Dovetail.Endpoints.Payments;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class PaymentDecisionTests
{
    static readonly DateTimeOffset Expiry = new(2026, 11, 28, 10, 0, 0, TimeSpan.Zero);
    static readonly Money Price = new(4990m, "RUB");
    static readonly HoldPayment Hold = new("A-1", Price, "pm-1", "A-1/hold/1");
    static readonly CapturePayment Capture = new("A-1", "pay-1", Price, "A-1/capture/1");
    static readonly VoidPayment Void = new("A-1", "pay-1", "A-1/void/1");
    static readonly RefundPayment Refund = new("A-1", "pay-1", Price, "A-1/refund/1");

    [TestMethod]
    public void A_hold_says_until_when_it_stands() =>
        Assert.AreEqual(new PaymentHeld("A-1", "pay-1", Price, Expiry), HoldPaymentHandler.Outcome(Hold, Payment("waiting_for_capture", expires: Expiry)));

    [TestMethod]
    [DataRow("insufficient_funds", "there is not enough money on the card")]
    [DataRow("card_expired", "the card has expired")]
    [DataRow("a reason of tomorrow", "the bank declined the payment")]
    public void A_declined_payment_tells_the_customer_why(string reason, string words) =>
        Assert.AreEqual(new PaymentDeclined("A-1", words), HoldPaymentHandler.Outcome(Hold, Payment("canceled", reason)));

    [TestMethod]
    public void A_payment_that_waits_for_the_customer_is_declined() =>
        Assert.IsInstanceOfType<PaymentDeclined>(HoldPaymentHandler.Outcome(Hold, Payment("pending") with { Confirmation = new("redirect") }));

    [TestMethod]
    public void A_payment_in_progress_is_asked_for_again() =>
        Assert.ThrowsExactly<TimeoutException>(() => HoldPaymentHandler.Outcome(Hold, Payment("pending")));

    [TestMethod]
    public void A_status_of_tomorrow_is_nobodys_answer() =>
        Assert.Contains("'frozen'", Assert.ThrowsExactly<InvalidOperationException>(() => HoldPaymentHandler.Outcome(Hold, Payment("frozen"))).Message);

    [TestMethod]
    public void An_unknown_payment_method_is_declined_and_a_faulty_request_is_rejected()
    {
        Assert.AreEqual("A-1", HoldPaymentHandler.Refused(Hold, new("invalid_request", "no such method", "payment_method_id")).OrderId);
        Assert.ThrowsExactly<RejectedException>(() => HoldPaymentHandler.Refused(Hold, new("invalid_request", "no such field", "metadata")));
    }

    [TestMethod]
    public void A_capture_tells_what_was_really_taken() =>
        Assert.AreEqual(new PaymentCaptured("A-1", "pay-1", new Money(4000m, "RUB")), CapturePaymentHandler.Outcome(Capture, Payment("succeeded", amount: "4000.00"), null));

    [TestMethod]
    public void A_capture_of_a_hold_that_ended_is_refused() => Assert.AreEqual(
        new CaptureRefused("A-1", "pay-1", "the hold on the card ended before the payment was taken"),
        CapturePaymentHandler.Outcome(Capture, Payment("canceled", "expired_on_capture"), new("invalid_request", "wrong status", null)));

    [TestMethod]
    public void A_refused_capture_whose_hold_stands_is_a_fault_of_ours() => Assert.ThrowsExactly<RejectedException>(() =>
        CapturePaymentHandler.Outcome(Capture, Payment("waiting_for_capture"), new("invalid_request", "more than was held", "amount.value")));

    [TestMethod]
    public void A_hold_that_ended_by_itself_counts_as_released() =>
        Assert.AreEqual(new PaymentVoided("A-1", "pay-1"), VoidPaymentHandler.Outcome(Void, Payment("canceled", "expired_on_capture"), new("invalid_request", "wrong status", null)));

    [TestMethod]
    public void Money_that_was_taken_is_not_released_but_reported_as_taken() =>
        Assert.AreEqual(new PaymentCaptured("A-1", "pay-1", Price), VoidPaymentHandler.Outcome(Void, Payment("succeeded"), null));

    [TestMethod]
    [DataRow("succeeded", "4990.00", true)]
    [DataRow("succeeded", "4989.99", false)]
    [DataRow("succeeded", null, false)]
    [DataRow("canceled", null, true)]
    [DataRow("waiting_for_capture", null, false)]
    public void A_refused_refund_is_done_if_nothing_of_the_money_is_left(string status, string? refunded, bool done)
    {
        var payment = Payment(status) with { RefundedAmount = refunded is null ? null : new(refunded, "RUB") };

        Assert.AreEqual(done, RefundPaymentHandler.Refused(Refund, new("invalid_request", "more than is left", "amount.value"), payment) is PaymentRefunded);
    }

    [TestMethod]
    public void A_refund_in_progress_is_asked_for_again() =>
        Assert.ThrowsExactly<TimeoutException>(() => RefundPaymentHandler.Outcome(Refund, new("ref-1", "pay-1", "pending", new("4990.00", "RUB"))));

    [TestMethod]
    public void A_refund_that_the_bank_did_not_take_is_refused() => Assert.AreEqual(
        new PaymentReturnRefused("A-1", "pay-1", "the bank did not accept the money back"),
        RefundPaymentHandler.Outcome(Refund, new("ref-1", "pay-1", "canceled", new("4990.00", "RUB"), new("refund_network", "rejected_by_payee"))));

    [TestMethod]
    public void The_key_is_the_operation_id_where_it_fits_and_its_hash_where_it_does_not()
    {
        Assert.AreEqual("A-1/hold/1", IdempotenceKey.Of("A-1/hold/1"));
        Assert.HasCount(64, IdempotenceKey.Of(new string('x', 65)));
        Assert.HasCount(64, IdempotenceKey.Of("заказ/hold/1"));
        Assert.AreEqual(IdempotenceKey.Of("заказ/hold/1"), IdempotenceKey.Of("заказ/hold/1"));
    }

    [TestMethod]
    [DataRow(false, 22.9, false)]
    [DataRow(false, 23, true)]
    [DataRow(true, 23, false)]
    public void A_key_may_be_forgotten_after_most_of_a_day(bool isNew, double hours, bool forgotten)
    {
        var operation = new Operation("A-1/hold/1", "A-1", "YooKassa", "hold", OperationState.Started, Expiry, null, null) { IsNew = isNew };

        Assert.AreEqual(forgotten, IdempotenceKey.MayBeForgotten(operation, Expiry.AddHours(hours)));
    }

    static YooKassaPayment Payment(string status, string? reason = null, DateTimeOffset? expires = null, string amount = "4990.00") =>
        new("pay-1", status, new(amount, "RUB"), expires, reason is null ? null : new("payment_network", reason));
}

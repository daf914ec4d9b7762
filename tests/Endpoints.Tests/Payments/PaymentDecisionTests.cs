using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Payments.Stripe;
using Dovetail.Endpoints.Payments.YooKassa;

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
        Assert.AreEqual(new PaymentHeld("A-1", "pay-1", Price, Expiry), Held(Payment(PaymentStatus.Held) with { ExpiresAt = Expiry }));

    [TestMethod]
    [DataRow("insufficient_funds", "there is not enough money on the card")]
    [DataRow("card_expired", "the card has expired")]
    [DataRow("expired_card", "the card has expired")]
    [DataRow("authentication_required", DeclineWords.AwaitsPayer)]
    [DataRow("stolen_card", "the bank declined the payment")]
    [DataRow("a reason of tomorrow", "the bank declined the payment")]
    public void A_declined_payment_tells_the_customer_why(string reason, string words) =>
        Assert.AreEqual(new PaymentDeclined("A-1", words), Held(Payment(PaymentStatus.Gone, reason)));

    [TestMethod]
    public void A_payment_that_waits_for_the_customer_is_declined() =>
        Assert.AreEqual(new PaymentDeclined("A-1", DeclineWords.AwaitsPayer), Held(Payment(PaymentStatus.AwaitsPayer)));

    [TestMethod]
    public void A_payment_in_progress_is_asked_for_again() => Assert.ThrowsExactly<TimeoutException>(() => Held(Payment(PaymentStatus.Running)));

    [TestMethod]
    public void A_status_of_tomorrow_is_nobodys_answer() =>
        Assert.Contains("'frozen'", Assert.ThrowsExactly<InvalidOperationException>(() => Held(Payment(PaymentStatus.Unknown) with { Told = "frozen" })).Message);

    [TestMethod]
    public void An_unknown_payment_method_is_declined_and_a_faulty_request_is_rejected()
    {
        Assert.AreEqual("A-1", HoldPaymentHandler.Refused(Hold, "YooKassa", new(RefusalCause.PaymentMethod, "no such method")).OrderId);
        Assert.ThrowsExactly<RejectedException>(() => HoldPaymentHandler.Refused(Hold, "YooKassa", new(RefusalCause.Request, "no such field")));
    }

    [TestMethod]
    public void A_capture_tells_what_was_really_taken() => Assert.AreEqual(
        new PaymentCaptured("A-1", "pay-1", new Money(4000m, "RUB")),
        Captured(Payment(PaymentStatus.Taken) with { Amount = new(4000m, "RUB") }));

    [TestMethod]
    public void A_capture_of_a_hold_that_ended_is_refused() => Assert.AreEqual(
        new CaptureRefused("A-1", "pay-1", "the hold on the card ended before the payment was taken"),
        Captured(Payment(PaymentStatus.Gone, "expired_on_capture"), new(RefusalCause.Request, "wrong status")));

    [TestMethod]
    public void A_refused_capture_whose_hold_stands_is_a_fault_of_ours() => Assert.ThrowsExactly<RejectedException>(() =>
        Captured(Payment(PaymentStatus.Held), new(RefusalCause.Amount, "more than was held")));

    [TestMethod]
    public void A_hold_that_ended_by_itself_counts_as_released() => Assert.AreEqual(
        new PaymentVoided("A-1", "pay-1"),
        VoidPaymentHandler.Outcome(Void, Payment(PaymentStatus.Gone, "expired_on_capture"), new(RefusalCause.Request, "wrong status")));

    [TestMethod]
    public void Money_that_was_taken_is_not_released_but_reported_as_taken() =>
        Assert.AreEqual(new PaymentCaptured("A-1", "pay-1", Price), VoidPaymentHandler.Outcome(Void, Payment(PaymentStatus.Taken), null));

    [TestMethod]
    [DataRow(nameof(PaymentStatus.Taken), true, true)]
    [DataRow(nameof(PaymentStatus.Taken), false, false)]
    [DataRow(nameof(PaymentStatus.Gone), false, true)]
    [DataRow(nameof(PaymentStatus.Held), false, false)]
    public void A_refused_refund_is_done_if_nothing_of_the_money_is_left(string status, bool paidBack, bool done)
    {
        var payment = Payment(Enum.Parse<PaymentStatus>(status)) with { IsPaidBack = paidBack };

        Assert.AreEqual(done, RefundPaymentHandler.Refused(Refund, new(RefusalCause.Amount, "more than is left"), payment) is PaymentRefunded);
    }

    [TestMethod]
    public void A_refund_in_progress_is_asked_for_again() => Assert.ThrowsExactly<TimeoutException>(() => Refunded(RefundStatus.Running));

    [TestMethod]
    public void A_refund_that_the_bank_did_not_take_is_refused() => Assert.AreEqual(
        new PaymentReturnRefused("A-1", "pay-1", "the bank did not accept the money back"), Refunded(RefundStatus.Failed, "rejected_by_payee"));

    [TestMethod]
    [DataRow("waiting_for_capture", nameof(PaymentStatus.Held))]
    [DataRow("succeeded", nameof(PaymentStatus.Taken))]
    [DataRow("canceled", nameof(PaymentStatus.Gone))]
    [DataRow("pending", nameof(PaymentStatus.Running))]
    [DataRow("frozen", nameof(PaymentStatus.Unknown))]
    public void YooKassas_words_are_understood(string word, string status) =>
        Assert.AreEqual(status, new YooKassaPayment("pay-1", word, new("4990.00", "RUB")).ToPayment().Status.ToString());

    [TestMethod]
    [DataRow("4990.00", true)]
    [DataRow("4989.99", false)]
    public void At_YooKassa_a_payment_is_paid_back_once_all_of_it_is(string refunded, bool paidBack)
    {
        var payment = new YooKassaPayment("pay-1", "succeeded", new("4990.00", "RUB"), RefundedAmount: new(refunded, "RUB"));

        Assert.AreEqual(paidBack, payment.ToPayment().IsPaidBack);
    }

    [TestMethod]
    [DataRow("requires_capture", nameof(PaymentStatus.Held))]
    [DataRow("succeeded", nameof(PaymentStatus.Taken))]
    [DataRow("canceled", nameof(PaymentStatus.Gone))]
    [DataRow("requires_payment_method", nameof(PaymentStatus.Running))]
    [DataRow("requires_confirmation", nameof(PaymentStatus.Running))]
    [DataRow("requires_action", nameof(PaymentStatus.AwaitsPayer))]
    [DataRow("processing", nameof(PaymentStatus.Running))]
    [DataRow("frozen", nameof(PaymentStatus.Unknown))]
    public void Stripes_words_are_understood(string word, string status) =>
        Assert.AreEqual(status, new StripeIntent("pi_1", word, 499000, "rub").ToPayment().Status.ToString());

    [TestMethod]
    [DataRow("requires_payment_method")]
    [DataRow("requires_confirmation")]
    public void At_Stripe_a_payment_is_declined_once_it_has_failed_and_not_before_it_is_tried(string word) =>
        Assert.AreEqual(PaymentStatus.Gone, new StripeIntent("pi_1", word, 499000, "rub", LastPaymentError: new(Code: "card_declined")).ToPayment().Status);

    [TestMethod]
    public void Money_that_is_held_after_a_no_was_told_goes_to_a_person()
    {
        var (held, no) = (new PaymentHeld("A-1", "pay-1", Price, null), new PaymentDeclined("A-1", "the bank declined the payment"));

        Assert.Contains("payment pay-1 for order A-1", Assert.ThrowsExactly<RejectedException>(() => HoldPaymentHandler.Told(held, no, "Stripe")).Message);
        Assert.AreSame(no, HoldPaymentHandler.Told(no, no, "Stripe"));
        Assert.AreSame(held, HoldPaymentHandler.Told(no, held, "Stripe"));
    }

    [TestMethod]
    public void A_hold_that_was_taken_by_hand_is_not_released_whoever_hears_of_it()
    {
        var taken = new PaymentCaptured("A-1", "pay-1", Price);

        Assert.AreEqual(OperationState.Refused, LookAtPaymentHandler.State("void", taken));
        Assert.AreEqual(OperationState.Done, LookAtPaymentHandler.State("capture", taken));
        Assert.AreEqual(OperationState.Done, LookAtPaymentHandler.State("void", new PaymentVoided("A-1", "pay-1")));
    }

    [TestMethod]
    [DataRow("4990", "RUB", "499000")]
    [DataRow("4990.005", "EUR", "499001")]
    [DataRow("4990", "JPY", "4990")]
    [DataRow("4990.4", "KRW", "4990")]
    [DataRow("12.340", "KWD", "12340")]
    [DataRow("500", "ISK", "50000")]
    [DataRow("500", "MGA", "500")]
    public void Stripe_is_told_amounts_in_its_smallest_unit(string amount, string currency, string units)
    {
        var money = new Money(decimal.Parse(amount, CultureInfo.InvariantCulture), currency);

        Assert.AreEqual(units, StripeAmount.Of(money));
        Assert.AreEqual(money.Rounded(), StripeAmount.ToMoney(long.Parse(units, CultureInfo.InvariantCulture), currency));
    }

    [TestMethod]
    public void An_amount_that_Stripe_cannot_express_is_not_sent() =>
        Assert.ThrowsExactly<RejectedException>(() => StripeAmount.Of(new(10.5m, "MGA")));

    [TestMethod]
    public void The_key_is_the_operation_id_where_it_fits_and_its_hash_where_it_does_not()
    {
        Assert.AreEqual("A-1/hold/1", IdempotenceKey.Of("A-1/hold/1", 64));
        Assert.HasCount(64, IdempotenceKey.Of(new string('x', 65), 64));
        Assert.HasCount(64, IdempotenceKey.Of("заказ/hold/1", 64));
        Assert.AreEqual(IdempotenceKey.Of("заказ/hold/1", 64), IdempotenceKey.Of("заказ/hold/1", 64));
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

    static object Held(Payment payment) => HoldPaymentHandler.Outcome(Hold, "YooKassa", payment);

    static object Captured(Payment payment, Refusal? refusal = null) => CapturePaymentHandler.Outcome(Capture, "YooKassa", payment, refusal);

    static object Refunded(RefundStatus status, string? reason = null) =>
        RefundPaymentHandler.Outcome(Refund, "YooKassa", new("ref-1", "pay-1", status, Price, "told", reason));

    static Payment Payment(PaymentStatus status, string? reason = null) => new("pay-1", status, Price, "told", Reason: reason);
}

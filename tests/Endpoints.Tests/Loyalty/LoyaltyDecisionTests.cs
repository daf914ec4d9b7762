using Dovetail.Contracts;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Loyalty;

namespace Dovetail.Endpoints.Tests.Loyalty;

[TestClass]
public sealed class LoyaltyDecisionTests
{
    static readonly ReservePoints Reserve = new("A-1", "CARD-1", 100m, [], "A-1/points/1");
    static readonly ReleasePoints Release = new("A-1", "CARD-1", "A-1/points-release/1");
    static readonly AccruePoints Accrue = new("A-1", "CARD-1", [], new Money(4890m, "RUB"), "A-1/accrue/1");
    static readonly PointsAccrued Accrued = new("A-1", 244.50m);

    [TestMethod]
    [DataRow("Created")]
    [DataRow("Confirmed")]
    public void An_operation_sent_before_counts_as_done_when_its_purchase_is_there(string state) =>
        Assert.AreEqual(new PointsReserved("A-1", 100m), ReservePointsHandler.Outcome(Reserve, new("NotUniqueOperationID"), state));

    [TestMethod]
    public void An_operation_sent_before_whose_purchase_was_cancelled_is_a_no() =>
        Assert.IsInstanceOfType<PointsRefused>(ReservePointsHandler.Outcome(Reserve, new("NotUniqueOperationID"), "Canceled"));

    [TestMethod]
    public void An_operation_sent_before_without_a_purchase_is_for_a_person() =>
        Assert.Contains("A-1/points/1", Assert.ThrowsExactly<RejectedException>(() => ReservePointsHandler.Outcome(Reserve, new("NotUniqueOperationID"), null)).Message);

    [TestMethod]
    public void A_fault_within_loymax_is_tried_again_and_an_unknown_code_is_for_a_person()
    {
        Assert.ThrowsExactly<HttpRequestException>(() => ReservePointsHandler.Outcome(Reserve, new("SystemError"), null));
        Assert.ThrowsExactly<RejectedException>(() => ReservePointsHandler.Outcome(Reserve, new("ParseError"), null));
    }

    [TestMethod]
    public void Points_that_are_spent_for_good_are_not_said_to_be_released()
    {
        Assert.ThrowsExactly<RejectedException>(() => ReleasePointsHandler.Outcome(Release, new("OperationIsConfirmed"), null));
        Assert.ThrowsExactly<RejectedException>(() => ReleasePointsHandler.Outcome(Release, new("NotUniqueOperationID"), "Created"));
        Assert.AreEqual(new PointsReleased("A-1"), ReleasePointsHandler.Outcome(Release, new("NotUniqueOperationID"), "Canceled"));
    }

    [TestMethod]
    public void A_purchase_confirmed_before_has_its_points()
    {
        Assert.AreEqual(Accrued, AccruePointsHandler.Confirmed(Accrue, Accrued, new("OperationIsConfirmed"), null));
        Assert.AreEqual(Accrued, AccruePointsHandler.Confirmed(Accrue, Accrued, new("NotUniqueOperationID"), "Confirmed"));
        Assert.ThrowsExactly<RejectedException>(() => AccruePointsHandler.Confirmed(Accrue, Accrued, new("NotUniqueOperationID"), "Created"));
    }

    [TestMethod]
    public void A_purchase_confirmed_by_hand_ends_the_task() =>
        Assert.AreEqual(new PointsAccrued("A-1", 0), AccruePointsHandler.Outcome(Accrue, new("OperationIsConfirmed")));

    [TestMethod]
    public void Points_for_a_cancelled_purchase_are_refused() => Assert.AreEqual(
        new PointsRefused("A-1", "the purchase was cancelled in the loyalty programme"), AccruePointsHandler.Outcome(Accrue, new("OperationIsCanceled")));
}

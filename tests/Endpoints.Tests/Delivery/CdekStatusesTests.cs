using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Endpoints.Delivery;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class CdekStatusesTests
{
    [TestMethod]
    [DataRow("ACCEPTED", ShipmentState.Requested, "requested from the carrier")]
    [DataRow("CREATED", ShipmentState.Booked, "registered with the carrier, waiting for the parcel")]
    [DataRow("REMOVED", ShipmentState.Removed, "withdrawn before it left")]
    [DataRow("RECEIVED_AT_SHIPMENT_WAREHOUSE", ShipmentState.InTransit, "with the carrier in Tver")]
    [DataRow("READY_FOR_SHIPMENT_IN_SENDER_CITY", ShipmentState.InTransit, "about to leave Tver")]
    [DataRow("READY_TO_SHIP_AT_SENDING_OFFICE", ShipmentState.InTransit, "about to leave Tver")]
    [DataRow("RETURNED_TO_SENDER_CITY_WAREHOUSE", ShipmentState.InTransit, "back at the carrier's warehouse in Tver")]
    [DataRow("TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY", ShipmentState.InTransit, "on its way to Saint Petersburg")]
    [DataRow("SENT_TO_TRANSIT_CITY", ShipmentState.InTransit, "on its way to Saint Petersburg")]
    [DataRow("ACCEPTED_IN_TRANSIT_CITY", ShipmentState.InTransit, "on its way to Saint Petersburg, now in Tver")]
    [DataRow("ACCEPTED_AT_TRANSIT_WAREHOUSE", ShipmentState.InTransit, "on its way to Saint Petersburg, now in Tver")]
    [DataRow("RETURNED_TO_TRANSIT_WAREHOUSE", ShipmentState.InTransit, "on its way to Saint Petersburg, now in Tver")]
    [DataRow("READY_TO_SHIP_IN_TRANSIT_OFFICE", ShipmentState.InTransit, "on its way to Saint Petersburg, now in Tver")]
    [DataRow("TAKEN_BY_TRANSPORTER_FROM_TRANSIT_CITY", ShipmentState.InTransit, "on its way to Saint Petersburg")]
    [DataRow("SENT_TO_SENDER_CITY", ShipmentState.InTransit, "on its way back to the sender")]
    [DataRow("ACCEPTED_IN_SENDER_CITY", ShipmentState.InTransit, "on its way back to the sender")]
    [DataRow("SENT_TO_RECIPIENT_CITY", ShipmentState.InTransit, "on its way to Saint Petersburg")]
    [DataRow("ACCEPTED_IN_RECIPIENT_CITY", ShipmentState.InTransit, "arrived in Tver")]
    [DataRow("ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE", ShipmentState.InTransit, "arrived in Tver")]
    [DataRow("ACCEPTED_AT_PICK_UP_POINT", ShipmentState.AtPickupPoint, "waiting at the pick-up point")]
    [DataRow("TAKEN_BY_COURIER", ShipmentState.OutForDelivery, "with the courier")]
    [DataRow("RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", ShipmentState.InTransit, "the courier could not hand it over, it will be tried again")]
    [DataRow("DELIVERED", ShipmentState.Delivered, "delivered")]
    [DataRow("NOT_DELIVERED", ShipmentState.NotDelivered, "not delivered")]
    [DataRow("POSTOMAT_POSTED", ShipmentState.AtPickupPoint, "waiting in the parcel locker")]
    [DataRow("POSTOMAT_SEIZED", ShipmentState.InTransit, "taken out of the parcel locker by the carrier")]
    [DataRow("POSTOMAT_RECEIVED", ShipmentState.Delivered, "delivered")]
    [DataRow("ENTERED_TO_DELIVERY_WAREHOUSE", ShipmentState.InTransit, "on its way to Saint Petersburg, now in Tver")]
    [DataRow("IN_CUSTOMS_INTERNATIONAL", ShipmentState.InTransit, "at customs")]
    [DataRow("IN_CUSTOMS_LOCAL", ShipmentState.InTransit, "at customs")]
    [DataRow("CUSTOMS_COMPLETE", ShipmentState.InTransit, "cleared by customs, on its way to Saint Petersburg")]
    [DataRow("SHIPPED_TO_DESTINATION", ShipmentState.InTransit, "on its way to Saint Petersburg")]
    [DataRow("PASSED_TO_TRANSIT_CARRIER", ShipmentState.InTransit, "on its way to Saint Petersburg")]
    public void Each_status_has_a_state_and_words(string code, ShipmentState state, string says) =>
        Assert.AreEqual((state, says), CdekStatuses.Meaning(Status(code), "Saint Petersburg"));

    [TestMethod]
    [DataRow("INVALID")]
    [DataRow("SENT_TO_THE_MOON")]
    public void What_is_no_state_of_a_shipment_has_no_meaning(string code) => Assert.IsNull(CdekStatuses.Meaning(Status(code), "Saint Petersburg"));

    [TestMethod]
    [DataRow("11", "not delivered: the recipient refused it")]
    [DataRow("20", "not delivered in full")]
    [DataRow("23", "not delivered: nobody collected it in time")]
    [DataRow("26", "not delivered: the carrier lost it")]
    [DataRow("7", "not delivered (the carrier's reason 7)")]
    public void A_failed_delivery_says_why(string reason, string says) =>
        Assert.AreEqual((ShipmentState.NotDelivered, says), CdekStatuses.Meaning(Status("NOT_DELIVERED") with { ReasonCode = reason }, null));

    [TestMethod]
    public void The_newest_known_status_counts_and_withdrawn_ones_do_not()
    {
        var shipment = new CdekShipment
        {
            Uuid = "u-1",
            CdekNumber = "1106321645",
            ToLocation = new("Saint Petersburg"),
            Statuses =
            [
                Status("SENT_TO_THE_MOON") with { DateTime = "2026-11-21T09:50:00+0000" },
                Status("DELIVERED") with { DateTime = "2026-11-21T09:45:00+0000", Deleted = true },
                Status("CREATED") with { DateTime = "2026-11-21T09:30:00+0000" },
                Status("TAKEN_BY_COURIER") with { DateTime = "2026-11-21T12:40:00+0300" },
            ],
        };

        Assert.AreEqual(
            new ShipmentReported("A-1", "u-1", ShipmentState.OutForDelivery, "1106321645", "with the courier", new(2026, 11, 21, 9, 40, 0, TimeSpan.Zero)),
            CdekStatuses.Report("A-1", shipment));
    }

    [TestMethod]
    public void Within_one_second_the_carriers_own_order_counts()
    {
        var shipment = new CdekShipment { Uuid = "u-1", Statuses = [Status("CREATED"), Status("ACCEPTED")] };

        Assert.AreEqual(ShipmentState.Booked, CdekStatuses.Report("A-1", shipment).State);
    }

    [TestMethod]
    public void A_shipment_without_a_known_status_is_requested() =>
        Assert.AreEqual(
            new ShipmentReported("A-1", "u-1", ShipmentState.Requested, null, "requested from the carrier", DateTimeOffset.UnixEpoch),
            CdekStatuses.Report("A-1", new() { Uuid = "u-1" }));

    static CdekStatus Status(string code) => new(code, "2026-11-21T09:00:00+0000", "Tver");
}

using Dovetail.Endpoints.Delivery;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class CancelShipmentDecisionTests
{
    static readonly CdekAnswer Taken = new(null, [new("DELETE", "ACCEPTED", [])]);
    static readonly CdekAnswer NotTaken = new(null, [new("DELETE", "INVALID", [new("v2_entity_forbidden", "Too late")])]);

    [TestMethod]
    public void What_is_not_there_is_cancelled()
    {
        Assert.AreEqual(CancelShipmentHandler.Step.Cancelled, CancelShipmentHandler.Next(null, null, TimeSpan.FromMinutes(1)));
        Assert.AreEqual(CancelShipmentHandler.Step.Cancelled, Next(null, Taken));
        Assert.AreEqual(CancelShipmentHandler.Step.Cancelled, Next(Shipment("INVALID", create: "INVALID"), null));
        Assert.AreEqual(CancelShipmentHandler.Step.Cancelled, Next(Shipment("REMOVED"), null));
        Assert.AreEqual(CancelShipmentHandler.Step.Cancelled, Next(Shipment("CREATED", delete: "SUCCESSFUL"), Taken));
    }

    [TestMethod]
    public void What_is_not_seen_yet_is_looked_for_again() =>
        Assert.AreEqual(CancelShipmentHandler.Step.Wait, CancelShipmentHandler.Next(null, null, TimeSpan.FromSeconds(59)));

    [TestMethod]
    public void What_has_not_moved_is_deleted_once()
    {
        Assert.AreEqual(CancelShipmentHandler.Step.Delete, Next(Shipment("CREATED"), null));
        Assert.AreEqual(CancelShipmentHandler.Step.Delete, Next(Shipment("A_CODE_OF_TOMORROW"), null));
        Assert.AreEqual(CancelShipmentHandler.Step.Wait, Next(Shipment("CREATED"), Taken));
        Assert.AreEqual(CancelShipmentHandler.Step.Wait, Next(Shipment("CREATED", delete: "ACCEPTED"), null));
    }

    [TestMethod]
    public void What_moves_or_what_the_carrier_keeps_is_refused()
    {
        Assert.AreEqual(CancelShipmentHandler.Step.Refused, Next(Shipment("RECEIVED_AT_SHIPMENT_WAREHOUSE"), null));
        Assert.AreEqual(CancelShipmentHandler.Step.Refused, Next(Shipment("DELIVERED"), null));
        Assert.AreEqual(CancelShipmentHandler.Step.Refused, Next(Shipment("CREATED"), NotTaken));
        Assert.AreEqual(CancelShipmentHandler.Step.Refused, Next(Shipment("CREATED", delete: "INVALID"), Taken));
    }

    static CancelShipmentHandler.Step Next(CdekAnswer? shipment, CdekAnswer? deletion) => CancelShipmentHandler.Next(shipment, deletion, TimeSpan.Zero);

    static CdekAnswer Shipment(string status, string create = "SUCCESSFUL", string? delete = null) => new(
        new() { Uuid = "u-1", Statuses = [new(status, "2026-11-21T09:00:00+0000")] },
        delete is null ? [new("CREATE", create, [])] : [new("CREATE", create, []), new("DELETE", delete, [])]);
}

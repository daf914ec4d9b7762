using System.Text.Json;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Oms;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class OmsDecisionTests
{
    [TestMethod]
    [DataRow("new", "new", PickingState.InProgress)]
    [DataRow("offer-analog", "approval", PickingState.InProgress)]
    [DataRow("client-confirmed", "approval", PickingState.InProgress)]
    [DataRow("send-to-assembling", "assembling", PickingState.InProgress)]
    [DataRow("assembling", "assembling", PickingState.InProgress)]
    [DataRow("assembling-in-the-second-hall", "assembling", PickingState.InProgress)]
    [DataRow("assembling-complete", "assembling", PickingState.Picked)]
    [DataRow("send-to-delivery", "delivery", PickingState.Picked)]
    [DataRow("redirect", "delivery", PickingState.Picked)]
    [DataRow("complete", "complete", PickingState.Picked)]
    [DataRow("no-product", "cancel", PickingState.OutOfStock)]
    [DataRow("no-call", "cancel", PickingState.Cancelled)]
    [DataRow("cancel-other", "cancel", PickingState.Cancelled)]
    public void A_status_says_how_far_picking_is(string status, string group, PickingState expected) =>
        Assert.AreEqual(expected, CheckPickingHandler.StateOf(new(status, group)));

    [TestMethod]
    [DataRow("new", "new", true)]
    [DataRow("our-own", "a group of ours", true)]
    [DataRow("assembling-complete", "assembling", true)]
    [DataRow("delivering", "delivery", false)]
    [DataRow("complete", "complete", false)]
    [DataRow("no-call", "cancel", false)]
    public void An_order_moves_to_delivery_only_from_before(string status, string group, bool expected) =>
        Assert.AreEqual(expected, new OmsStanding(status, group).IsBefore(OmsStanding.Delivery));

    [TestMethod]
    [DataRow("no-product", "cancel", true)]
    [DataRow("assembling", "assembling", true)]
    [DataRow("no-call", "cancel", false)]
    public void An_order_that_only_lacks_goods_is_cancelled_with_its_reason_and_a_cancelled_one_is_left_alone(string status, string group, bool expected) =>
        Assert.AreEqual(expected, CancelOmsOrderHandler.MustCancel(new(status, group)));

    [TestMethod]
    public void An_order_on_its_way_only_takes_a_new_track_number()
    {
        var command = new MarkOrderShipped("A-1", "T-2", "A-1/oms-shipped/1");
        var order = new OmsOrder { Id = 1, Status = "redirect", Group = "delivery", Delivery = new(new("T-1")) };

        Assert.AreEqual(
            """{"shipped":true,"delivery":{"data":{"trackNumber":"T-2"}}}""",
            JsonSerializer.Serialize(MarkOrderShippedHandler.Change(command, order), RetailCrmClient.Json));
        Assert.IsNull(MarkOrderShippedHandler.Change(command with { TrackingNumber = "T-1" }, order));
    }

    [TestMethod]
    public void An_order_is_ours_by_our_payment_or_by_its_lines()
    {
        var command = OmsTests.Register();
        var lines = new[] { new OmsItem("new", 2, [new(OmsItem.LineIdCode, "1")]) };

        Assert.AreEqual("7C", RegisterOrderHandler.Registered(command, new() { Id = 7, Number = "7C", Payments = [new(1, "A-1/oms/1", "paid")] }).OmsNumber);
        Assert.AreEqual("7", RegisterOrderHandler.Registered(command, new() { Id = 7, Items = lines }).OmsNumber);
    }

    [TestMethod]
    public void Somebody_elses_order_under_our_id_goes_to_a_person()
    {
        var foreign = new OmsOrder { Id = 7, Number = "7C", Items = [new("new", 5, [new(OmsItem.LineIdCode, "1")])] };

        var rejected = Assert.ThrowsExactly<RejectedException>(() => RegisterOrderHandler.Registered(OmsTests.Register(), foreign));

        Assert.Contains("A-1", rejected.Message);
        Assert.Contains("7C", rejected.Message);
    }

    [TestMethod]
    [DataRow("{}", 0)]
    [DataRow("""{"payments":[]}""", 0)]
    [DataRow("""{"payments":{"12":{"id":12,"externalId":"A-1/oms/1","status":"paid"},"13":{"id":13}}}""", 2)]
    public void Payments_are_read_by_id_or_as_the_empty_array(string members, int expected)
    {
        var json = members.Length == 2 ? """{"id":1}""" : """{"id":1,""" + members[1..];

        Assert.HasCount(expected, JsonSerializer.Deserialize<OmsOrder>(json, RetailCrmClient.Json)!.Payments);
    }

    [TestMethod]
    [DataRow("""{"errorMsg":"Errors in the entity format","errors":{"order[email]":"is no address"}}""", "Errors in the entity format; order[email]: is no address")]
    [DataRow("""{"errorMsg":"Order already exists."}""", "Order already exists")]
    [DataRow("""{"errors":["one","two"]}""", "no reason given; one; two")]
    public void A_refusal_is_told_in_the_vendors_words(string body, string expected) =>
        Assert.AreEqual(expected, JsonSerializer.Deserialize<RetailCrmBody>(body, RetailCrmClient.Json)!.Reason());

    [TestMethod]
    [DataRow(3, 100, 10, 290, 3.33, 0.01)]
    [DataRow(2, 100, 10, 190, 5, 0)]
    [DataRow(1, 100, 0, 60, 0, 40)]
    public void Discounts_add_up_to_what_the_customer_pays(int quantity, int unit, int discount, int total, double piece, double order)
    {
        var line = new PricedLine("1", "S", "N", quantity, new(unit, "RUB"), new(discount, "RUB"), new(unit * quantity - discount, "RUB"));

        Assert.AreEqual((decimal)piece, RetailCrmDraft.PieceDiscount(line));
        Assert.AreEqual((decimal)order, RetailCrmDraft.OrderDiscount([line], new(total, "RUB")));
    }
}

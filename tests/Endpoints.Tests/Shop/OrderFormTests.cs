using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Shop.Forms;

namespace Dovetail.Endpoints.Tests.Shop;

[TestClass]
public sealed class OrderFormTests
{
    [TestMethod]
    public void A_good_order_has_no_faults() => Assert.IsEmpty(Read(ShopHost.Order("A-1")).Faults);

    [TestMethod]
    [DataRow("orderId", "\"a-1\"", "#/orderId", "A-Z, 0-9")]
    [DataRow("orderId", "\"AB\"", "#/orderId", "3 to 32")]
    [DataRow("orderId", "7", "#/orderId", "A-Z, 0-9")]
    [DataRow("customer", null, "#/customer", "is missing")]
    [DataRow("customer", "[]", "#/customer", "is not an object")]
    [DataRow("customer/id", "\"\"", "#/customer/id", "is empty")]
    [DataRow("customer/name", "17", "#/customer/name", "put it in quotes")]
    [DataRow("customer/name", "\"a\\nb\"", "#/customer/name", "control characters")]
    [DataRow("customer/email", "\"anna\"", "#/customer/email", "anna@example.com")]
    [DataRow("customer/phone", "\"call me\"", "#/customer/phone", "international number")]
    [DataRow("customer/loyaltyCard", null, "#/pointsToSpend", "send customer.loyaltyCard, or no points")]
    [DataRow("destination", null, "#/destination", "is missing")]
    [DataRow("destination/countryCode", "\"Russia\"", "#/destination/countryCode", "ISO 3166")]
    [DataRow("destination/address", null, "#/destination/address", "is missing")]
    [DataRow("lines", "[]", "#/lines", "1 to 100")]
    [DataRow("lines", "{}", "#/lines", "1 to 100")]
    [DataRow("lines/0", "5", "#/lines/0", "is not an object")]
    [DataRow("lines/0/sku", null, "#/lines/0/sku", "is missing")]
    [DataRow("lines/0/quantity", "0", "#/lines/0/quantity", "from 1 to 10000")]
    [DataRow("lines/0/quantity", "-3", "#/lines/0/quantity", "is -3")]
    [DataRow("lines/0/quantity", "1.5", "#/lines/0/quantity", "whole number")]
    [DataRow("lines/0/quantity", "\"2\"", "#/lines/0/quantity", "whole number")]
    [DataRow("lines/0/unitPrice", null, "#/lines/0/unitPrice", "or a model")]
    [DataRow("lines/1/unitPrice", "{\"amount\":1,\"currency\":\"RUB\"}", "#/lines/1/unitPrice", "exclude each other")]
    [DataRow("lines/0/unitPrice/currency", "\"USD\"", "#/lines/0/unitPrice/currency", "an order has one currency")]
    [DataRow("lines/0/unitPrice/amount", "-1", "#/lines/0/unitPrice/amount", "from 0")]
    [DataRow("lines/0/unitPrice/amount", "1.001", "#/lines/0/unitPrice/amount", "at most 2 decimal places")]
    [DataRow("lines/0/unitPrice/amount", "\"1.00\"", "#/lines/0/unitPrice/amount", "a number")]
    [DataRow("lines/0/unitPrice/amount", "1e40", "#/lines/0/unitPrice/amount", "a number")]
    [DataRow("lines/1/model/url", "\"ftp://files\"", "#/lines/1/model/url", "http or https")]
    [DataRow("lines/1/model/sha256", "\"ABC\"", "#/lines/1/model/sha256", "64 lower-case")]
    [DataRow("agreedTotal", null, "#/agreedTotal", "is missing")]
    [DataRow("agreedTotal/amount", "0", "#/agreedTotal/amount", "is 0")]
    [DataRow("agreedTotal/amount", "10.005", "#/agreedTotal/amount", "at most 2 decimal places")]
    [DataRow("agreedTotal/currency", "\"rub\"", "#/agreedTotal/currency", "ISO 4217")]
    [DataRow("pointsToSpend", "-1", "#/pointsToSpend", "is -1")]
    [DataRow("paymentMethod", null, "#/paymentMethod", "is missing")]
    [DataRow("paymentMethod", "\"4111 1111 1111 1111\"", "#/paymentMethod", "card number")]
    [DataRow("pointsToSpent", "5", "#/pointsToSpent", "correct its spelling")]
    [DataRow("a~b/c", "5", "#/a~0b~1c", "is not known here")]
    [DataRow("customer/age", "5", "#/customer/age", "is not known here")]
    public void A_fault_is_named_with_its_place_and_its_remedy(string path, string? value, string place, string remedy)
    {
        var order = ShopHost.Order("A-1");
        Set(order, path, value);
        var faults = Read(order).Faults;
        Assert.HasCount(1, faults, string.Join("\n", faults));
        Assert.AreEqual(place, faults[0].Pointer);
        Assert.Contains(remedy, faults[0].Detail);
    }

    [TestMethod]
    public void All_faults_are_named_at_once()
    {
        var faults = Read(JsonNode.Parse("{}")!.AsObject()).Faults;
        CollectionAssert.AreEquivalent(
            new[] { "#/customer", "#/destination", "#/lines", "#/agreedTotal", "#/paymentMethod" }, faults.Select(fault => fault.Pointer).ToArray());
    }

    [TestMethod]
    public void More_than_100_lines_are_too_many()
    {
        var order = ShopHost.Order("A-1");
        order["lines"] = new JsonArray([.. Enumerable.Range(0, 101).Select(_ => order["lines"]![0]!.DeepClone())]);
        Assert.Contains("at most 100", Read(order).Faults.Single().Detail);
    }

    [TestMethod]
    [DataRow("JPY", "500", true)]
    [DataRow("JPY", "500.5", false)]
    [DataRow("KWD", "1.125", true)]
    [DataRow("RUB", "10.10", true)]
    public void Amounts_have_as_many_digits_as_their_currency(string currency, string amount, bool isGood)
    {
        var order = ShopHost.Order("A-1");
        order["lines"]!.AsArray().RemoveAt(0);
        Set(order, "agreedTotal/currency", $"\"{currency}\"");
        Set(order, "agreedTotal/amount", amount);
        Assert.AreEqual(isGood, Read(order).Faults.Count == 0);
    }

    [TestMethod]
    public void A_pick_up_point_needs_no_address()
    {
        var order = ShopHost.Order("A-1");
        Set(order, "destination/address", null);
        Set(order, "destination/pickupPoint", "\"OMS12\"");
        var (form, faults) = Read(order);
        Assert.IsEmpty(faults);
        Assert.AreEqual("OMS12", form.Destination.PickupPoint);
    }

    static (OrderForm Form, IReadOnlyList<Answers.Fault> Faults) Read(JsonObject order) => OrderForm.Read(JsonSerializer.SerializeToElement(order));

    static void Set(JsonObject order, string path, string? value)
    {
        // Only the one name with a slash in it is no path.
        string[] names = path == "a~b/c" ? [path] : path.Split('/');
        JsonNode at = order;
        foreach (var name in names[..^1]) at = at is JsonArray list ? list[int.Parse(name, null)]! : at[name]!;
        if (at is JsonArray array) array[int.Parse(names[^1], null)] = JsonNode.Parse(value!);
        else if (value is null) at.AsObject().Remove(names[^1]);
        else at[names[^1]] = JsonNode.Parse(value);
    }
}

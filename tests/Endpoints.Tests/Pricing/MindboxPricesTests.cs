using Dovetail.Contracts;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Pricing;

namespace Dovetail.Endpoints.Tests.Pricing;

[TestClass]
public sealed class MindboxPricesTests
{
    static readonly PriceOrder Order = new("A-1", "C-1", [new("1", "SKU-1", "Ring", 2, new(100, "RUB"))], "A-1/price/1");

    [TestMethod]
    [DataRow("33.333;33.333;33.334", "100", "33.33;33.33;33.34")]
    [DataRow("33.335;33.335;33.33", "100", "33.34;33.33;33.33", DisplayName = "of two equal ones the first")]
    [DataRow("33.33;33.33;33.33", "100", "33.34;33.33;33.33", DisplayName = "the total was rounded elsewhere")]
    [DataRow("33.34;33.34;33.34", "100", "33.33;33.33;33.34", DisplayName = "one unit too much each")]
    [DataRow("10;20", "30", "10;20")]
    public void Line_totals_sum_up_to_the_total_exactly(string exact, string total, string expected)
    {
        var sums = MindboxPrices.Apportion(Numbers(exact), new(Numbers(total)[0], "RUB"))!;

        CollectionAssert.AreEqual(Numbers(expected), sums.Select(sum => sum.Amount).ToArray());
        Assert.AreEqual(Numbers(total)[0], sums.Sum(sum => sum.Amount));
    }

    [TestMethod]
    [DataRow("JPY", "33.4;33.3;33.3", "100", "34;33;33")]
    [DataRow("KWD", "0.0005;0.0005", "0.001", "0.001;0")]
    public void The_smallest_unit_is_that_of_the_currency(string currency, string exact, string total, string expected) => CollectionAssert.AreEqual(
        Numbers(expected), MindboxPrices.Apportion(Numbers(exact), new(Numbers(total)[0], currency))!.Select(sum => sum.Amount).ToArray());

    [TestMethod]
    [DataRow("10;20", "30.03")]
    [DataRow("10;20", "1")]
    public void What_rounding_does_not_explain_is_a_contradiction(string exact, string total) =>
        Assert.IsNull(MindboxPrices.Apportion(Numbers(exact), new(Numbers(total)[0], "RUB")));

    [TestMethod]
    public void An_answer_that_forgets_pieces_is_rejected()
    {
        var answer = new MindboxOrderAnswer("Calculated", 100, [new("1", 1, 100)]);

        var rejected = Assert.ThrowsExactly<RejectedException>(() => MindboxPrices.Of(Order, answer));

        Assert.Contains("it prices 1 pieces of line 1, which has 2", rejected.Message);
    }

    [TestMethod]
    [DataRow("Found", "DiscountsCalculationIsUnavailable")]
    [DataRow("Unavailable", "PersonalDiscountsCalculationIsUnavailable")]
    public void Full_prices_are_not_charged_because_discounts_are_away(string customer, string order)
    {
        var answer = new MindboxAnswer("Success", new(customer), new(order, 200, [new("1", 2, 200)]), null);

        Assert.ThrowsExactly<InvalidOperationException>(() => PriceOrderHandler.Outcome(Order, answer));
    }

    [TestMethod]
    public void A_customer_whom_nobody_knows_gets_no_personal_discount()
    {
        var answer = new MindboxAnswer("Success", new("NotFound"), new("PersonalDiscountsCalculationIsUnavailable", 200, [new("1", 2, 200)]), null);

        Assert.AreEqual(new Money(200, "RUB"), ((OrderPriceCalculated)PriceOrderHandler.Outcome(Order, answer)).Total);
    }

    static decimal[] Numbers(string text) => [.. text.Split(';').Select(number => decimal.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}

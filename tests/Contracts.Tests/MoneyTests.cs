namespace Dovetail.Contracts.Tests;

[TestClass]
public sealed class MoneyTests
{
    [TestMethod]
    [DataRow("10.005", "RUB", "10.01"), DataRow("-10.005", "RUB", "-10.01"), DataRow("10.5", "JPY", "11"), DataRow("10.0005", "KWD", "10.001"), DataRow("10.004", "EUR", "10.00")]
    public void Sums_are_rounded_to_what_can_be_charged_halves_away_from_zero(string amount, string currency, string rounded) =>
        Assert.AreEqual(decimal.Parse(rounded, System.Globalization.CultureInfo.InvariantCulture), new Money(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency).Rounded().Amount);

    [TestMethod]
    public void Sums_of_different_currencies_neither_add_nor_compare()
    {
        var (roubles, euros) = (new Money(1, "RUB"), new Money(1, "EUR"));

        Assert.ThrowsExactly<InvalidOperationException>(() => roubles + euros);
        Assert.ThrowsExactly<InvalidOperationException>(() => roubles - euros);
        Assert.ThrowsExactly<InvalidOperationException>(() => roubles > euros);
    }

    [TestMethod]
    public void Sums_are_written_for_people_in_one_way_everywhere() => Assert.AreEqual("4990.50 RUB", new Money(4990.5m, "RUB").ToString());

    [TestMethod]
    public void A_price_times_a_quantity_less_a_discount_is_the_total_of_a_line() =>
        Assert.AreEqual(new Money(740m, "RUB"), new Money(250m, "RUB") * 3 - new Money(10m, "RUB"));
}

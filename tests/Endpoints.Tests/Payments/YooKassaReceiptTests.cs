using Dovetail.Contracts;
using Dovetail.Contracts.Payments;
using Dovetail.Endpoints.Payments.YooKassa;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class YooKassaReceiptTests
{
    static readonly YooKassaReceiptOptions Sending = new() { Send = true, Vat = 1, TaxSystem = 2 };

    [TestMethod]
    public void Items_add_up_to_the_amount_to_the_kopeck_whatever_the_lines()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var chance = new Random(seed);
            var lines = Enumerable.Range(1, chance.Next(1, 120)).Select(n => new ReceiptLine($"Line {n}", chance.Next(1, 9), Rub(chance.Next(4) == 0 ? 0 : chance.Next(1_000_000) / 100m))).ToList();
            var amount = Rub(chance.Next(1, 10_000_000) / 100m);

            var items = Items(lines, amount);

            Assert.AreEqual(amount.Amount, items.Sum(item => item.Quantity * item.Amount.ToMoney().Amount), $"seed {seed}");
            Assert.IsTrue(items.All(item => item.Quantity > 0 && item.Amount.ToMoney().Amount > 0), $"An item of nothing, seed {seed}");
            Assert.IsLessThanOrEqualTo(80, items.Count);

            var all = lines.Sum(line => line.Total.Amount);
            if (all == 0) continue;
            foreach (var share in YooKassaReceipt.Shares(lines, amount))
            {
                var exact = amount.Amount * lines.Single(line => line.Name == share.Name).Total.Amount / all;
                Assert.IsLessThan(0.010001m, Math.Abs(share.Total.Amount - exact), $"{share.Name} is off, seed {seed}");
            }
        }
    }

    [TestMethod]
    public void What_points_paid_is_spread_over_the_lines_and_the_last_takes_the_rest() => Assert.AreEqual(
        "1 × Lamp 3597.88, 2 × Bulb 450.86, 2 × Cord 0.13, 1 × Cord 0.14",
        Shown(Items([new("Lamp", 1, Rub(3990)), new("Bulb", 2, Rub(1000)), new("Leaflet", 1, Rub(0)), new("Cord", 3, Rub(0.44m))], Rub(4500))));

    [TestMethod]
    public void A_line_that_does_not_divide_evenly_has_some_dearer_pieces() =>
        Assert.AreEqual("1 × Bulb 33.33, 2 × Bulb 33.34", Shown(Items([new("Bulb", 3, Rub(100.01m))], Rub(100.01m))));

    [TestMethod]
    public void The_customer_the_tax_and_what_is_paid_for_when_are_told()
    {
        var receipt = YooKassaReceipt.Of(new("anna@example.com", "+7 (999) 000-00-00", [new(new string('x', 200), 1, Rub(5))]), Rub(5), Sending)!;

        Assert.AreEqual(new YooKassaPerson("anna@example.com", "79990000000"), receipt.Customer);
        Assert.AreEqual(2, receipt.TaxSystemCode);
        Assert.AreEqual(new YooKassaItem(new string('x', 128), 1, new("5.00", "RUB"), 1, "full_prepayment", "commodity"), receipt.Items.Single());
    }

    [TestMethod]
    public void None_is_sent_where_none_is_to_be() =>
        Assert.IsNull(YooKassaReceipt.Of(new("anna@example.com", null, [new("Lamp", 1, Rub(5))]), Rub(5), new() { Vat = 1 }));

    [TestMethod]
    public void Wrong_codes_are_all_named_at_once_and_matter_only_where_receipts_are_sent()
    {
        var wrong = new YooKassaReceiptOptions { Send = true, TaxSystem = 7, Mode = "later", Subject = "" };
        var validation = new YooKassaReceiptValidation();

        CollectionAssert.AreEqual(
            new[]
            {
                "Payments:YooKassa:Receipts:TaxSystem is 7, it must be YooKassa's code from 1 to 6, or left out.",
                "Payments:YooKassa:Receipts:Vat is not set, it must be YooKassa's code from 1 to 12; 1 is 'without VAT'.",
                "Payments:YooKassa:Receipts:Mode is 'later', it must be one of full_prepayment, partial_prepayment, advance, full_payment, partial_payment, credit, credit_payment.",
                "Payments:YooKassa:Receipts:Subject is empty, it must be YooKassa's word for what is sold, such as commodity.",
            },
            validation.Validate(null, new() { Receipts = wrong }).Failures!.ToArray());
        Assert.IsTrue(validation.Validate(null, new() { Receipts = new() { TaxSystem = 7 } }).Succeeded);
    }

    static IReadOnlyList<YooKassaItem> Items(IReadOnlyList<ReceiptLine> lines, Money amount) => YooKassaReceipt.Of(new("anna@example.com", null, lines), amount, Sending)!.Items;

    static string Shown(IEnumerable<YooKassaItem> items) => string.Join(", ", items.Select(item => $"{item.Quantity} × {item.Description} {item.Amount.Value}"));

    static Money Rub(decimal amount) => new(amount, "RUB");
}

using Dovetail.Contracts;
using Dovetail.Endpoints.Crm;

namespace Dovetail.Endpoints.Tests.Crm;

[TestClass]
public sealed class DealChangeTests
{
    static readonly DealStages Default = new(0);

    [TestMethod]
    [DataRow("NEW", "Paid", "EXECUTING")]
    [DataRow("PREPAYMENT_INVOICE", "Priced", null, DisplayName = "never backwards, not even from a stage that we do not use")]
    [DataRow("EXECUTING", "Paid", null)]
    [DataRow("EXECUTING", "Lost", "LOSE")]
    [DataRow("WON", "Lost", null, DisplayName = "what is closed stays closed")]
    [DataRow("APOLOGY", "Won", null)]
    [DataRow("UC_ENGRAVING", "Delivered", null, DisplayName = "a stage of the sales people's own is left to them")]
    [DataRow("UC_ENGRAVING", "Won", "WON", DisplayName = "until the end")]
    public void Moves_the_stage_forward_only(string stage, string step, string? expected)
    {
        var fields = new DealChange("A-1", 1, Enum.Parse<DealStep>(step)).Over(new Deal("1", stage, 0, "RUB", true), 0, null, Default);

        Assert.AreEqual(expected, fields.GetValueOrDefault("STAGE_ID"));
    }

    [TestMethod]
    public void Knows_the_stages_of_another_funnel()
    {
        var stages = new DealStages(7);

        Assert.AreEqual("C7:EXECUTING", stages[DealStep.Paid]);
        Assert.IsTrue(stages.IsAhead(DealStep.Paid, "C7:NEW"));
        Assert.IsFalse(stages.IsAhead(DealStep.Paid, "C7:FINAL_INVOICE"));
    }

    [TestMethod]
    [DataRow(5, 2, true)]
    [DataRow(2, 5, false)]
    public void Lets_an_older_amount_give_way(int sequence, int written, bool writes)
    {
        var fields = new DealChange("A-1", sequence, DealStep.Priced, new Money(10, "RUB")).Over(new Deal("1", "WON", 20, "RUB", true), written, null, Default);

        Assert.AreEqual(writes, fields.ContainsKey("OPPORTUNITY"));
    }

    [TestMethod]
    public void Writes_nothing_that_stands_there_already() =>
        Assert.IsEmpty(new DealChange("A-1", 1, DealStep.Placed, new Money(20, "RUB")).Over(new Deal("1", "NEW", 20.00m, "RUB", true), 1, "8", Default));
}

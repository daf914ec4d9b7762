using Dovetail.Contracts;
using Dovetail.Endpoints.Crm;

namespace Dovetail.Endpoints.Tests.Crm;

[TestClass]
public sealed class DealVerdictTests
{
    static readonly DealStages Stages = new(0);

    [TestMethod]
    [DataRow("Paid", "EXECUTING", "P", "AsItShouldBe")]
    [DataRow("Paid", "LOSE", "F", "GivenUp")]
    [DataRow("Paid", "UC_TOO_DEAR", "F", "GivenUp", DisplayName = "a stage of failure that people added")]
    [DataRow("Paid", "WON", "S", "Changed")]
    [DataRow("Paid", "NEW", "P", "Changed")]
    [DataRow("Paid", "UC_ENGRAVING", "P", "Changed")]
    [DataRow("Delivered", "LOSE", "F", "GivenUp", DisplayName = "the process refuses it, and the deal goes back then")]
    [DataRow("Won", "LOSE", "F", "Changed", DisplayName = "an order that is done can't be given up")]
    [DataRow("Lost", "LOSE", "F", "AsItShouldBe")]
    [DataRow("Lost", "UC_TOO_DEAR", "F", "AsItShouldBe", DisplayName = "people may say why it was lost")]
    [DataRow("Lost", "EXECUTING", "P", "Changed")]
    public void Is_by_the_stage_and_what_it_means(string step, string stage, string semantics, string expected)
    {
        var verdict = DealVerdict.Of(new(Enum.Parse<DealStep>(step), new Money(10, "RUB")), Deal(stage, semantics), Stages, mayGiveUp: true);

        Assert.AreEqual(expected, verdict.GetType().Name);
    }

    [TestMethod]
    public void Is_never_a_wish_where_that_was_refused()
    {
        var verdict = (DealVerdict.Changed)DealVerdict.Of(new(DealStep.Paid, null), Deal("LOSE", "F"), Stages, mayGiveUp: false);

        Assert.AreEqual("EXECUTING", verdict.Fields["STAGE_ID"]);
        Assert.HasCount(1, verdict.Fields);
    }

    [TestMethod]
    public void Writes_the_amount_alone_if_that_is_all()
    {
        var verdict = (DealVerdict.Changed)DealVerdict.Of(new(DealStep.Paid, new Money(20, "RUB")), Deal("EXECUTING", "P"), Stages, mayGiveUp: true);

        Assert.AreEqual(20m, verdict.Fields["OPPORTUNITY"]);
        Assert.DoesNotContain("STAGE_ID", verdict.Fields.Keys);
    }

    [TestMethod]
    public void Corrections_are_counted_by_the_day()
    {
        var link = new CrmLink { Subject = "deal A-1" };
        var day = new DateOnly(2026, 11, 21);

        Assert.AreEqual("True True False True", string.Join(' ', link.MayCorrect(day, 2), link.MayCorrect(day, 2), link.MayCorrect(day, 2), link.MayCorrect(day.AddDays(1), 2)));
    }

    static Deal Deal(string stage, string semantics) => new("1", stage, 10, "RUB", HasContact: true, semantics);
}

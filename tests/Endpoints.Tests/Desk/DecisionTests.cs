using System.Text.Json;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Desk;
using Dovetail.Endpoints.Desk.Acting;
using Dovetail.Endpoints.Desk.Reading;

namespace Dovetail.Endpoints.Tests.Desk;

[TestClass]
public sealed class DecisionTests
{
    const string Goods = """{ "sku": "LAMP-8", "name": "Floor lamp", "quantity": 1, "unitPrice": { "amount": 2990, "currency": "RUB" } }""";

    /// <summary>Lines 1 and 1.1 are missing, line 2 is there for 750 roubles, and the customer agreed to 4240.</summary>
    static readonly TaskContent Asked = new(
        [DeskHost.Line("1", "LAMP-7", "Desk lamp", 1, 3490m), DeskHost.Line("1.1", "BOX", "Box", 1, 0m), DeskHost.Line("2", "BULB", "Light bulb", 3, 250m)], ["1", "1.1"], DeskHost.Rub(4240m));

    [TestMethod]
    public void A_line_that_takes_the_place_of_another_gets_an_id_that_the_order_does_not_have()
    {
        var (form, faults) = Read($$"""{ "lines": [ { "lineId": "1", "decision": "substitute", "substitute": {{Goods}} }, { "lineId": "1.1", "decision": "drop" } ] }""");

        Assert.IsEmpty(faults);
        Assert.AreEqual(new OrderLine("1.2", "LAMP-8", "Floor lamp", 1, DeskHost.Rub(2990m)), form.Lines[0].Substitute);
        Assert.IsNull(form.Lines[1].Substitute);
    }

    [TestMethod]
    [DataRow("""{ "cancelReason": "gone for good" }""", "")]
    [DataRow("""{ "cancelReason": "x", "lines": [] }""", "#/lines")]
    [DataRow("""{ "cancelReason": " " }""", "#/cancelReason")]
    [DataRow("""{ }""", "#/lines")]
    [DataRow("""{ "lines": [ { "lineId": "1", "decision": "drop" } ] }""", "#/lines")]
    [DataRow("""{ "lines": [ { "lineId": "1", "decision": "drop" }, { "lineId": "1.1", "decision": "drop" }, { "lineId": "2", "decision": "drop" } ] }""", "#/lines/2/lineId")]
    [DataRow("""{ "lines": [ { "lineId": "1", "decision": "drop" }, { "lineId": "1.1", "decision": "drop" }, { "lineId": "1", "decision": "drop" } ] }""", "#/lines/2/lineId")]
    [DataRow("""{ "lines": [ { "lineId": "1", "decision": "maybe" }, { "lineId": "1.1", "decision": "drop", "why": "" } ] }""", "#/lines/0/decision #/lines/0/substitute #/lines/1/why")]
    [DataRow("""{ "lines": [ { "lineId": "1", "decision": "drop", "substitute": {} }, { "lineId": "1.1", "decision": "drop" } ] }""", "#/lines/0/substitute")]
    [DataRow("""{ "lines": [ { "lineId": "1", "decision": "substitute", "substitute": { "sku": "", "quantity": 0, "unitPrice": { "amount": 1, "currency": "EUR" } } }, { "lineId": "1.1", "decision": "drop" } ] }""",
        "#/lines/0/substitute/sku #/lines/0/substitute/name #/lines/0/substitute/quantity #/lines/0/substitute/unitPrice/currency")]
    public void Each_fault_is_named_with_its_place(string json, string places)
    {
        var faults = Read(json).Faults;

        Assert.AreEqual(places, string.Join(' ', faults.Select(fault => fault.Pointer)), string.Join('\n', faults.Select(fault => fault.Detail)));
    }

    [TestMethod]
    [DataRow(3490, null, "")]
    [DataRow(3491, null, "#/agreedTotal")]
    [DataRow(3491, "4241", "")]
    [DataRow(3491, "4240.50", "#/agreedTotal/amount")]
    [DataRow(2000, "4000", "#/agreedTotal/amount")]
    public void An_order_that_comes_to_more_needs_the_customers_word(int price, string? agreed, string place)
    {
        var more = agreed is null ? "" : $$""", "agreedTotal": { "amount": {{agreed}}, "currency": "RUB" }""";
        var (_, faults) = Read($$"""{ "lines": [ { "lineId": "1", "decision": "substitute", "substitute": {{Goods.Replace("2990", $"{price}", StringComparison.Ordinal)}} }, { "lineId": "1.1", "decision": "drop" } ]{{more}} }""");

        Assert.AreEqual(place, string.Join(' ', faults.Select(fault => fault.Pointer)));
    }

    [TestMethod]
    public void Dropping_all_there_is_cancels_the_order_and_must_be_said_so()
    {
        var all = Asked with { Missing = ["1", "1.1", "2"] };
        var faults = AnswerForm.Read(JsonElement.Parse("""{ "lines": [ { "lineId": "1", "decision": "drop" }, { "lineId": "1.1", "decision": "drop" }, { "lineId": "2", "decision": "drop" } ] }"""), all).Faults;

        Assert.Contains("cancelReason", faults.Single().Detail);
    }

    [TestMethod]
    [DataRow(nameof(Wish.Claim), "claimed olga", "done")]
    [DataRow(nameof(Wish.Claim), "claimed ivan|refused olga", "refused")]
    [DataRow(nameof(Wish.Claim), "claimed ivan", "not known")]
    [DataRow(nameof(Wish.Claim), "|refused olga", "not known")]
    [DataRow(nameof(Wish.Claim), "ended ivan", "over")]
    [DataRow(nameof(Wish.Claim), "reminded -|claimed olga|escalated -", "done")]
    [DataRow(nameof(Wish.Release), "released olga", "done")]
    [DataRow(nameof(Wish.Release), "escalated -|refused olga", "refused")]
    [DataRow(nameof(Wish.Answer), "ended olga", "done")]
    [DataRow(nameof(Wish.Answer), "ended ivan|refused olga", "over")]
    [DataRow(nameof(Wish.Answer), "claimed olga", "not known")]
    [DataRow(nameof(Wish.Answer), "ended -", "over")]
    [DataRow(nameof(Wish.Answer), "ended olga other", "over")]
    [DataRow(nameof(Wish.Answer), "ended olga mine", "done")]
    [DataRow(nameof(Wish.Answer), "refused olga other|ended olga mine", "done")]
    [DataRow(nameof(Wish.Answer), "refused olga mine|ended olga other", "refused")]
    [DataRow(nameof(Wish.Claim), "refused olga other|claimed olga", "done")]
    public void What_became_of_a_wish_follows_from_what_happened_since(string wish, string since, string expected)
    {
        // Event 3 was the last that had been seen; an empty place is one that has not come yet.
        var entries = since.Split('|').Index().Where(entry => entry.Item.Length > 0).Select(entry => (entry.Index, Words: entry.Item.Split(' '))).Select(entry => new EntryRow
        {
            Id = DeskHost.Id, Sequence = 4 + entry.Index, Kind = entry.Words[0], By = entry.Words[1] is "-" ? null : entry.Words[1], Text = "No.", AnswerId = entry.Words.ElementAtOrDefault(2),
        }).ToList();
        var task = new TaskRow { Id = DeskHost.Id, OrderId = "A-1", State = States.Claimed, Queue = "call centre", Claimant = "ivan", How = "Somebody decided." };

        Assert.AreEqual(expected, Outcome.Of(Enum.Parse<Wish>(wish), "olga", after: 3, wish == nameof(Wish.Answer) ? "mine" : null, task, entries) switch
        {
            null => "not known",
            { Refusal: null } => "done",
            { Refusal: "No." } => "refused",
            _ => "over",
        });
    }

    [TestMethod]
    public void A_wish_that_changes_nothing_is_done_already()
    {
        var task = new TaskRow { Id = DeskHost.Id, OrderId = "A-1", State = States.Claimed, Queue = "call centre", Claimant = "olga" };
        Assert.AreEqual(Outcome.Done, Outcome.Of(Wish.Claim, "olga", 3, null, task, []));
        Assert.AreEqual(Outcome.Done, Outcome.Of(Wish.Release, "olga", 3, null, new() { Id = DeskHost.Id, OrderId = "A-1", State = States.Open, Queue = "call centre" }, []));
        Assert.IsNull(Outcome.Of(Wish.Release, "olga", 3, null, task, []));
    }

    static (AnswerForm Form, IReadOnlyList<Answers.Fault> Faults) Read(string json) => AnswerForm.Read(JsonElement.Parse(json), Asked);
}

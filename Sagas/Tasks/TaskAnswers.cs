using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;

namespace Dovetail.Sagas.Tasks;

/// <summary>Whether a decision can be carried out.</summary>
static class TaskAnswers
{
    /// <summary>What is wrong with the answer and what would be right; null for one that can be carried out.</summary>
    public static string? Fault(AskedTask task, AnswerTask answer)
    {
        if (answer.CancelReason is { } reason)
        {
            return string.IsNullOrWhiteSpace(reason) ? "the customer is told why the order is cancelled: give a reason"
                : answer.Lines.Count > 0 ? "it both cancels the order and decides on lines: give one of the two"
                : null;
        }
        if (answer.AgreedTotal is { } agreed && agreed.Currency != task.AgreedTotal.Currency)
            return $"the customer pays in {task.AgreedTotal.Currency}, and {agreed} is not: give the total in that currency";
        return Undecided(task, answer) ?? answer.Lines.Select(line => line.Substitute).OfType<OrderLine>().Select(line => Fault(line, task, answer)).FirstOrDefault(fault => fault is not null)
            ?? NothingLeft(task, answer);
    }

    public static bool IsSame(TaskAnswered taken, AnswerTask answer) =>
        (taken.By, taken.AgreedTotal, taken.CancelReason) == (answer.By, answer.AgreedTotal, answer.CancelReason) && taken.Lines.SequenceEqual(answer.Lines);

    /// <summary>Who decided what, as others are told.</summary>
    public static string Words(AskedTask task, AnswerTask answer) => answer.CancelReason is { } reason
        ? $"{answer.By} cancelled the order: {reason}"
        : $"{answer.By} decided: {string.Join(", ", answer.Lines.Select(line => Change(task.Lines.First(missing => missing.LineId == line.LineId).Name, line.Substitute)))}";

    public static string Change(string missing, OrderLine? substitute) => substitute is null ? $"without {missing}" : $"{substitute.Name} instead of {missing}";

    static string? Undecided(AskedTask task, AnswerTask answer)
    {
        var decided = answer.Lines.Select(line => line.LineId).ToList();
        if (task.Missing.Except(decided).ToList() is { Count: > 0 } open) return $"it says nothing of line {string.Join(", ", open)}: give a substitute or drop the line";
        if (decided.Except(task.Missing).ToList() is { Count: > 0 } other) return $"line {string.Join(", ", other)} is not missing: decide on {string.Join(", ", task.Missing)} alone";
        return decided.Count == task.Missing.Count ? null : "it decides on a line twice: decide once on each";
    }

    static string? Fault(OrderLine substitute, AskedTask task, AnswerTask answer)
    {
        var currency = task.AgreedTotal.Currency;
        var taken = task.Lines.Select(line => line.LineId).Concat(answer.Lines.Select(line => line.Substitute).OfType<OrderLine>().Select(line => line.LineId)).Count(id => id == substitute.LineId);
        return substitute switch
        {
            { LineId: var id } when string.IsNullOrWhiteSpace(id) || taken > 1 => $"the line id '{id}' of a substitute is empty or taken: give one that the order does not have",
            { Sku: var sku, Name: var name } when string.IsNullOrWhiteSpace(sku) || string.IsNullOrWhiteSpace(name) => $"the substitute {substitute.LineId} has no article number or no name: give both",
            { Quantity: < 1 } => $"the substitute {substitute.LineId} has a quantity of {substitute.Quantity}: give at least 1, or drop the line",
            { Model: not null } => $"the substitute {substitute.LineId} is to be made first: only goods from stock can take the place of missing ones",
            { UnitPrice: null or { Amount: < 0 } } => $"the substitute {substitute.LineId} has no price: give its unit price",
            { UnitPrice: { } price } when price.Currency != currency => $"the customer pays in {currency}, and the price {price} of {substitute.LineId} is not: give it in that currency",
            _ => null,
        };
    }

    static string? NothingLeft(AskedTask task, AnswerTask answer) =>
        task.Lines.Count == task.Missing.Count && answer.Lines.All(line => line.Substitute is null) ? "nothing would be left of the order: give a substitute, or cancel it" : null;
}

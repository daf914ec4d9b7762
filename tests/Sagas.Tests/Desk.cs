using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;

namespace Dovetail.Sagas.Tests;

/// <summary>What people in a call centre decide.</summary>
static class Desk
{
    public static TaskAnswered Drop(OpenTask task) => Answer(task, _ => null);

    /// <param name="price">Of one piece.</param>
    /// <param name="agreed">The most that the customer now agreed to pay; null for no more than before.</param>
    public static TaskAnswered Substitute(OpenTask task, decimal price, decimal? agreed = null) =>
        Answer(task, id => new($"{id}+{task.TaskId[^1]}", "OTHER", $"Other {id}", 1, Samples.Rub(price))) with { AgreedTotal = agreed is { } most ? Samples.Rub(most) : null };

    public static TaskAnswered Cancel(OpenTask task) => new(task.TaskId, task.OrderId, "olga", [], CancelReason: "the customer wants nothing else");

    public static TaskUnanswered Nothing(OpenTask task) => new(task.TaskId, task.OrderId);

    /// <summary>Anything that a call centre may come to; drops nothing that leaves nothing.</summary>
    public static object Anything(OpenTask task, Random chance)
    {
        var all = task.Missing.Count == task.Lines.Count;
        return chance.Next(8) switch
        {
            0 => Nothing(task),
            1 => Cancel(task),
            2 when !all => Drop(task),
            3 => Substitute(task, chance.Next(10_000)),
            4 => Substitute(task, 0),
            5 => Substitute(task, chance.Next(500)),
            6 => Answer(task, id => all || chance.Next(2) == 0 ? new($"{id}+{task.TaskId[^1]}", "OTHER", "Other", 1 + chance.Next(3), Samples.Rub(chance.Next(1_000))) : null),
            _ => Substitute(task, chance.Next(3_000, 9_000), agreed: 30_000),
        };
    }

    static TaskAnswered Answer(OpenTask task, Func<string, OrderLine?> substitute) =>
        new(task.TaskId, task.OrderId, "olga", [.. task.Missing.Select(id => new LineDecision(id, substitute(id)))]);
}

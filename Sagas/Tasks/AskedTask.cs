using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;

namespace Dovetail.Sagas.Tasks;

/// <summary>What is to be decided, as the task stores it: messages may change with the next version, what is stored stays.</summary>
sealed record AskedTask(string TaskId, string OrderId, TaskKind Kind, string Queue, string Question, IReadOnlyList<PricedLine> Lines, IReadOnlyList<string> Missing, Money AgreedTotal)
{
    public static AskedTask Of(OpenTask task) => new(task.TaskId, task.OrderId, task.Kind, task.Queue, task.Question, task.Lines, task.Missing, task.AgreedTotal);
}

/// <summary>Whom to call and why, as the task stores it.</summary>
sealed record AskedCall(string TaskId, string OrderId, string NotificationId, string Queue, string Question, Contact Contact)
{
    public static AskedCall Of(OpenCall call) => new(call.TaskId, call.OrderId, call.NotificationId, call.Queue, call.Question, call.Contact);
}

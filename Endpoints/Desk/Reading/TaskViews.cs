using System.Text.Json;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;

namespace Dovetail.Endpoints.Desk.Reading;

/// <summary>A task as lists show it.</summary>
/// <param name="Deadline">When the hub reminds, hands it on, or decides by itself; null once it has ended.</param>
sealed record TaskSummary(
    string TaskId, string OrderId, string Kind, string State, string Queue, string? ClaimedBy, DateTimeOffset OpenedAt, DateTimeOffset? Deadline, string Question, string Task)
{
    public static TaskSummary Of(TaskRow row) => new(
        row.Id, row.OrderId, row.Kind!, row.State, row.Queue, row.Claimant, row.OpenedAt!.Value, row.Deadline, row.Question!, Links.Task(row.Id));
}

/// <summary>One page of a list of tasks.</summary>
sealed record TaskList(IReadOnlyList<TaskSummary> Items, string? NextCursor);

/// <summary>All that an operator needs to decide, and what has happened so far.</summary>
/// <param name="DecidesItself">When the hub decides if nobody has.</param>
/// <param name="Lines">Empty for a call, which has no sums either.</param>
/// <param name="Contact">For a call, and for who has it alone.</param>
sealed record TaskView(
    string TaskId, string OrderId, string Kind, string State, string Queue, string? ClaimedBy, DateTimeOffset OpenedAt, DateTimeOffset? Deadline, DateTimeOffset DecidesItself,
    string Question, IReadOnlyList<LineView> Lines, Money? Total, Money? AgreedTotal, Contact? Contact, string? Outcome, string? How, string Journey, IReadOnlyList<EntryView> Entries)
{
    /// <param name="client">Who looks.</param>
    public static TaskView Of(TaskRow row, IReadOnlyList<EntryRow> entries, string client)
    {
        var content = row.Kind == TaskKinds.Call ? null : TaskContent.Of(row);
        return new(
            row.Id, row.OrderId, row.Kind!, row.State, row.Queue, row.Claimant, row.OpenedAt!.Value, row.Deadline, row.Until!.Value,
            row.Question!, content is null ? [] : [.. content.Lines.Select(line => LineView.Of(line, content.Missing.Contains(line.LineId)))], content?.Total, content?.AgreedTotal,
            row.ContactFor(client), row.Outcome, row.How, Links.Journey(row.OrderId), [.. entries.Select(EntryView.Of)]);
    }
}

sealed record LineView(string LineId, string Sku, string Name, int Quantity, Money UnitPrice, Money Discount, Money Total, bool Missing)
{
    public static LineView Of(PricedLine line, bool isMissing) => new(line.LineId, line.Sku, line.Name, line.Quantity, line.UnitPrice, line.Discount, line.Total, isMissing);
}

sealed record EntryView(int Sequence, DateTimeOffset At, string Kind, string? By, string Text)
{
    public static EntryView Of(EntryRow row) => new(row.Sequence, row.At, row.Kind, row.By, row.Text);
}

/// <summary>What only some may see of a task.</summary>
static class Personal
{
    /// <summary>Who has claimed the call needs to know where to call, and nobody else does.</summary>
    public static Contact? ContactFor(this TaskRow task, string client) =>
        task.Contact is { } contact && task.Claimant == client ? JsonSerializer.Deserialize<Contact>(contact) : null;
}

/// <summary>What is asked: the order's lines, and which of them to decide on.</summary>
sealed record TaskContent(IReadOnlyList<PricedLine> Lines, IReadOnlyList<string> Missing, Money AgreedTotal)
{
    public Money Total => Sum(Lines);

    public Money TotalWithoutMissing => Sum(Lines.Where(line => !Missing.Contains(line.LineId)));

    public static TaskContent Of(TaskRow row) => new(
        JsonSerializer.Deserialize<List<PricedLine>>(row.Lines!)!, JsonSerializer.Deserialize<List<string>>(row.Missing!)!, new(row.AgreedTotal!.Value, row.Currency!));

    Money Sum(IEnumerable<PricedLine> lines) => lines.Aggregate(Money.Zero(AgreedTotal.Currency), (sum, line) => sum + line.Total);
}

/// <summary>Paths at the gateway.</summary>
static class Links
{
    public const string Tasks = "/v1/tasks";

    public static string Task(string id) => $"{Tasks}/{id}";

    public static string Journey(string orderId) => $"/v1/orders/{orderId}/journey";
}

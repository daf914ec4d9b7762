using Dovetail.Contracts;
using Dovetail.Endpoints.Tracking.Writing;

namespace Dovetail.Endpoints.Tracking.Reading;

/// <summary>An order's journey as shops and the support desk see it.</summary>
sealed record JourneyView(
    string OrderId, string Status, DateTimeOffset? PlacedAt, Money? Total, StandsView Stands, string? CancelledBecause, string? TrackingPage, IReadOnlyList<EntryView> Entries,
    IReadOnlyList<NotReachedView> NotReached)
{
    public static JourneyView Of(JourneyRow journey, IReadOnlyList<EntryRow> entries, IReadOnlyList<NotReachedRow> notReached) => new(
        journey.OrderId, Statuses.Of(journey, entries), journey.PlacedAt, journey.Amount(), new(journey.Owner, journey.Waiting, journey.Deadline),
        journey.CancelledBecause, journey.TrackingId is null ? null : $"/track/{journey.TrackingId}", [.. entries.Select(EntryView.Of)], [.. notReached.Select(NotReachedView.Of)]);
}

/// <summary>Who acts next, what for, and when the hub acts if nobody has; all null once the order has ended.</summary>
sealed record StandsView(string? Owner, string? Waiting, DateTimeOffset? Deadline);

sealed record EntryView(int Sequence, DateTimeOffset At, string Kind, string Text)
{
    public static EntryView Of(EntryRow row) => new(row.Sequence, row.At, row.Kind, row.Text);
}

/// <summary>Something that the customer could not be told, by any channel.</summary>
/// <param name="Owner">Who is to call; null once nobody needs to.</param>
/// <param name="Deadline">Until when; null with the owner.</param>
/// <param name="Outcome">What came of the call; null until then.</param>
sealed record NotReachedView(string About, DateTimeOffset At, string Why, string? Owner, DateTimeOffset? Deadline, string? Outcome)
{
    public static NotReachedView Of(NotReachedRow row)
    {
        var isOver = row.CallEndedAt >= row.At;
        return new(row.Subject, row.At, row.Why, isOver ? null : row.Queue, isOver ? null : row.CallBy, isOver ? row.HowCallEnded : null);
    }
}

/// <summary>The orders that need a person, as programs see them.</summary>
sealed record AttentionView(int Total, IReadOnlyList<TaskView> Items)
{
    public static AttentionView Of(OpenTasks open) => new(open.Total, [.. open.First.Select(TaskView.Of)]);
}

/// <param name="Deadline">When the hub hands the task on.</param>
sealed record TaskView(string OrderId, string? Client, string Queue, string Why, DateTimeOffset Since, DateTimeOffset? Deadline, string Journey, string Resume)
{
    public static TaskView Of(OpenTask task)
    {
        var order = task.Journey;
        return new(
            order.OrderId, order.Client, order.Queue!, order.Why!, task.Since, order.Deadline, $"/v1/orders/{order.OrderId}/journey", $"/v1/orders/{order.OrderId}/resume");
    }
}

/// <summary>The words of the public API for where an order is.</summary>
static class Statuses
{
    public const string InProgress = "in-progress";
    public const string NeedsAttention = "needs-attention";
    public const string Delivered = "delivered";
    public const string Cancelling = "cancelling";

    /// <param name="entries">By sequence.</param>
    public static string Of(JourneyRow journey, IReadOnlyList<EntryRow> entries) => journey switch
    {
        { Ended: { } ended } => ended,
        { Queue: not null } => NeedsAttention,
        _ => entries.LastOrDefault(entry => entry.Kind is Kinds.Cancelling or Kinds.CancellationRefused or Kinds.Delivered)?.Kind switch
        {
            Kinds.Cancelling => Cancelling,
            Kinds.Delivered => Delivered,
            _ => InProgress,
        },
    };

    public static Money? Amount(this JourneyRow journey) => journey is { Total: { } total, Currency: { } currency } ? new(total, currency) : null;
}

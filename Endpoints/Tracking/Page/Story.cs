using Dovetail.Endpoints.Tracking.Reading;
using Dovetail.Endpoints.Tracking.Writing;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>An order's journey as its customer is told it.</summary>
/// <param name="Steps">The way to the door; empty when the order is not going there.</param>
/// <param name="Next">What happens next; null when nothing does.</param>
/// <param name="Past">What happened, newest first.</param>
/// <param name="UpTo">This event and all before it are told here.</param>
sealed record Story(
    string OrderId, string Headline, string Lead, IReadOnlyList<Step> Steps, NextStep? Next, IReadOnlyList<PastEvent> Past, string? Total, bool HasEnded, int UpTo)
{
    // Whoever has reached one of these has passed all before it, whether or not each was told.
    static readonly (string Name, string Headline, string[] Reached)[] Way =
    [
        ("Ordered", "We have your order", [Kinds.Placed]),
        ("Payment", "Your payment is arranged", [Kinds.PaymentHeld]),
        ("Packed", "Your order is packed", [Kinds.Picked, Kinds.ShipmentBooked]),
        ("On its way", "Your order is on its way", [Kinds.OnItsWay]),
        ("Arrived", "Your order has arrived", [Kinds.Delivered, Kinds.Completed]),
    ];

    /// <param name="entries">By sequence.</param>
    public static Story Of(JourneyRow journey, IReadOnlyList<EntryRow> entries)
    {
        var status = Statuses.Of(journey, entries);
        var reached = Array.FindLastIndex(Way, step => entries.Any(entry => step.Reached.Contains(entry.Kind)));
        var isComing = entries.All(entry => entry.Kind != Kinds.Cancelled) && !IsBeingUndone(entries);
        return new(
            journey.OrderId,
            HeadlineOf(status, isComing, Math.Max(reached, 0)),
            LeadOf(journey, status, isComing),
            isComing ? [.. Way.Select((step, index) => new Step(step.Name, index <= reached ? Progress.Done : index == reached + 1 ? Progress.Current : Progress.Ahead))] : [],
            NextStep.Of(journey, entries),
            [.. entries.Where(entry => entry.CustomerText is not null).Select(entry => new PastEvent(entry.At, entry.CustomerText!)).Reverse()],
            journey.Amount()?.Rounded().ToString(),
            journey.Ended is not null,
            entries.TakeWhile((entry, index) => entry.Sequence == index + 1).Count());
    }

    static bool IsBeingUndone(IReadOnlyList<EntryRow> entries) =>
        entries.LastOrDefault(entry => entry.Kind is Kinds.Cancelling or Kinds.CancellationRefused)?.Kind == Kinds.Cancelling;

    static string HeadlineOf(string status, bool isComing, int reached) => (status, isComing) switch
    {
        (Kinds.Cancelled, _) => "Your order is cancelled",
        (_, false) => "Your order is being cancelled",
        _ => Way[reached].Headline,
    };

    static string LeadOf(JourneyRow journey, string status, bool isComing) => (status, isComing) switch
    {
        (Kinds.Cancelled, _) => $"The reason: {journey.CancelledBecause}. You pay nothing: whatever was held or taken has gone back to you.",
        (Statuses.NeedsAttention, _) => "One step takes longer than usual, and one of our people is looking after it. You need not do anything.",
        (_, false) => "We are taking back what was done for it. Money that was held or taken goes back to you.",
        (Statuses.Delivered or Kinds.Completed, _) => "Thank you for ordering with us.",
        _ => "Here is what has happened and what comes next.",
    };
}

enum Progress
{
    Done,
    Current,
    Ahead,
}

sealed record Step(string Name, Progress Progress);

sealed record PastEvent(DateTimeOffset At, string Text);

/// <param name="ByWhen">When the hub itself acts if nobody has.</param>
/// <param name="Otherwise">What happens then.</param>
sealed record NextStep(string Who, string What, DateTimeOffset? ByWhen, string Otherwise = "we look into it ourselves")
{
    const string Customer = "Customer";

    public static NextStep? Of(JourneyRow journey, IReadOnlyList<EntryRow> entries) => journey switch
    {
        { Ended: not null } => null,
        { Queue: not null } => new("Our support team", "finds out what holds your order up, and gets it going again.", journey.Deadline, "the head of the team takes over"),
        { Owner: Customer } => new("You", "collect your parcel at the pick-up point.", journey.Deadline),

        // A delay changes when, not what: what comes next is still what followed the last step.
        _ => After(entries.LastOrDefault(entry => entry.Kind is not (Kinds.Delayed or Kinds.NeedsAttention or Kinds.AttentionEnded or Kinds.CancellationRefused))?.Kind) is var (who, what)
            ? new(who, what, journey.Deadline)
            : null,
    };

    static (string Who, string What) After(string? kind) => kind switch
    {
        Kinds.ModelPricingStarted => ("Our workshop", "works out what your made-to-order items cost."),
        Kinds.Priced or Kinds.PointsReserved => ("Your bank", "holds the amount on your card. Nothing is taken yet."),
        Kinds.PaymentHeld => ("Our warehouse", "takes your order over."),
        Kinds.SubstitutionAsked => ("Our call centre", "asks you what you would like instead."),
        Kinds.SubstitutionDecided or Kinds.PointsReleased or Kinds.PaymentReleased => ("We", "change your order and what is held on your card accordingly."),
        Kinds.Registered or Kinds.Amended => ("Our warehouse", "picks and packs your goods."),
        Kinds.Picked => ("Your bank", "passes the payment on to us. Then your parcel leaves."),
        Kinds.Paid => ("The carrier", "gets ready to collect your parcel."),
        Kinds.ShipmentBooked => ("The carrier", "collects your parcel from us."),
        Kinds.OnItsWay => ("The carrier", "brings your parcel to you."),
        Kinds.Delivered => ("We", "settle what is left, such as your loyalty points. You need not do anything."),
        Kinds.Cancelling or Kinds.StepUndone => ("We", "take back the remaining steps. Money that was held or taken goes back to you."),
        _ => ("We", "check your order and work out its price."),
    };
}

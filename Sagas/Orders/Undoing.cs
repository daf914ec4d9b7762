namespace Dovetail.Sagas.Orders;

/// <summary>The way back: what of the things done is undone next. The last thing done goes first.</summary>
static class Undoing
{
    public static Step Next(OrderState order) => order switch
    {
        { Booking: Effect.Done } => Step.CancelShipment,
        { Spare.Taken: not null } => Step.RefundOldHold,
        { Capture: Effect.Done, Kept.Amount: > 0 } => Step.RefundPayment,
        { Spare: not null } => Step.ReleaseOldHold,
        { Hold: Effect.Done } => Step.VoidPayment,
        { Oms: Effect.Done } => Step.CancelOmsOrder,
        { Points: Effect.Done } => Step.ReleasePoints,
        _ when order.Models.Exists(model => model.State == JobState.Running) => Step.CancelModels,
        { PaysBack: true } => Step.PayPartsBack,
        _ => Step.Cancelled,
    };

    /// <summary>An answer is out that may tell of something done: whoever undid now would leave that behind.</summary>
    public static bool MustWait(OrderState order) => order.Step switch
    {
        Step.PriceModels => order.Models.Exists(model => model.State == JobState.Requested),
        Step.ReservePoints or Step.HoldPayment or Step.RegisterOrder or Step.CapturePayment => order.Awaiting,
        Step.ReturnPoints or Step.ReservePointsAnew or Step.HoldAnew or Step.RenewHold or Step.AmendOmsOrder => order.Awaiting,
        Step.BookShipment => order.Awaiting && order.Booking == Effect.None,
        _ => false,
    };

    public static bool IsUnderWay(OrderState order) => order is { Ending: not null, Step: >= Step.CancelShipment and < Step.Cancelled };
}

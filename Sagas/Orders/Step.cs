using System.Text.Json.Serialization;

namespace Dovetail.Sagas.Orders;

/// <summary>What the order waits for: first the way there, then the way back, in the order in which they are gone.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Step>))]
enum Step
{
    NotBegun,
    PriceModels,
    PriceOrder,
    ReservePoints,
    HoldPayment,
    RegisterOrder,
    PickGoods,
    RenewHold,
    AskCallCentre,
    RepriceOrder,
    ReturnPoints,
    ReservePointsAnew,
    HoldAnew,
    AmendOmsOrder,
    CapturePayment,
    BookShipment,
    FollowShipment,
    AccruePoints,
    Completed,
    CancelShipment,
    RefundPayment,
    RefundOldHold,
    ReleaseOldHold,
    VoidPayment,
    CancelOmsOrder,
    ReleasePoints,
    CancelModels,
    PayPartsBack,
    Cancelled,
}

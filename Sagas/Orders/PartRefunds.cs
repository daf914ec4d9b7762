using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Payments;

namespace Dovetail.Sagas.Orders;

/// <summary>What support has had paid back of an order, and refunds of any kind that did not arrive. One goes after the other, beside whatever else becomes of the order, and after its end too.</summary>
sealed class PartRefunds
{
    /// <summary>Those that are not through; the first is being paid back.</summary>
    public List<PartRefund> Open { get; set; } = [];

    /// <summary>All that were ever asked for, and the operations that failed, so that none is taken on twice.</summary>
    public List<string> Known { get; set; } = [];

    public decimal Returned { get; set; }

    /// <summary>The number in the operation id: the next part, and the same one after a refusal, is another operation.</summary>
    public int Number { get; set; }

    public int Attempt { get; set; }

    /// <summary>When the saga acts if nobody has; null while none is open.</summary>
    public DateTimeOffset? Deadline { get; set; }

    public Attention? Attention { get; set; }

    /// <summary>What did not arrive was counted when it was paid back.</summary>
    internal decimal OnItsWay => Open.Where(part => !part.IsRepeated).Sum(part => part.Amount.Amount);

    public string Operation(string orderId) => string.Create(CultureInfo.InvariantCulture, $"{orderId}/{(Open[0].IsRepeated ? "refund-again" : "refund-part")}/{Number}");

    public bool IsAsked(string orderId, string? operationId) => Open.Count > 0 && operationId == Operation(orderId);
}

/// <summary>A part that is to be paid back. Personal data, and kept no longer than until it is.</summary>
sealed record PartRefund(string RefundId, Money Amount, string Reason, Customer? Customer = null, string TrackingId = "", string Client = "", Receipt? Receipt = null)
{
    /// <summary>Of a refund that did not arrive: of which payment it was. The customer hears of it from whoever has the task.</summary>
    public string? PaymentId { get; init; }

    internal bool IsRepeated => PaymentId is not null;
}

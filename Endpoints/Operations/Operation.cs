using System.Text.Json;
using Dovetail.Contracts;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Payments.Messages;

namespace Dovetail.Endpoints.Operations;

/// <summary>One operation at a vendor as the ledger has it.</summary>
/// <param name="FirstCall">Just before the vendor was first asked: what a vendor forgets, it forgets counting from here.</param>
/// <param name="VendorId">What the vendor calls it, once that is known.</param>
/// <param name="Answer">The reply as JSON, once the operation has ended.</param>
public sealed record Operation(
    string Id, string OrderId, string System, string Kind, OperationState State, DateTimeOffset FirstCall, string? VendorId, string? Answer)
{
    /// <summary>This attempt is the first: the vendor has not been asked yet.</summary>
    public bool IsNew { get; init; }

    /// <summary>Full name of the reply's type in Contracts.</summary>
    public string? AnswerType { get; init; }

    /// <summary>The reply that every repetition of the command gets; null while the operation has not ended.</summary>
    public object? Reply() => Answer is null ? null : JsonSerializer.Deserialize(Answer, ReplyType());

    /// <summary>The reply with the id of its operation, in which the ledger may have it without: an order asks for these things more than once.</summary>
    public object Named(object reply) => reply switch
    {
        PaymentHeld held => held with { OperationId = Id },
        PaymentDeclined declined => declined with { OperationId = Id },
        PaymentRefunded refunded => refunded with { OperationId = Id },
        PaymentReturnRefused refused => refused with { OperationId = Id },
        PointsReserved reserved => reserved with { OperationId = Id },
        PointsRefused refused => refused with { OperationId = Id },
        PointsReleased released => released with { OperationId = Id },
        _ => reply,
    };

    Type ReplyType() => typeof(Money).Assembly.GetType(AnswerType!) ?? throw new InvalidOperationException(
        $"Operation {Id} ended with a {AnswerType}, which {typeof(Money).Assembly.GetName().Name} does not contain. " +
        "Names of messages are for ever: bring the type back, then retry the message.");
}

/// <summary>How far an operation is.</summary>
public enum OperationState
{
    /// <summary>The vendor has been asked, or is about to be: it may have acted.</summary>
    Started = 0,

    /// <summary>The vendor did it.</summary>
    Done = 1,

    /// <summary>The vendor said no.</summary>
    Refused = 2,

    /// <summary>A person did it in the vendor's place, and the vendor is not asked any more.</summary>
    Settled = 3,
}

using System.Text.Json.Serialization;

namespace Dovetail.Sagas.Orders;

/// <summary>A task that a person has with this order.</summary>
/// <param name="What">What happened.</param>
sealed record Attention(string Queue, AttentionCause Cause, string What);

[JsonConverter(typeof(JsonStringEnumConverter<AttentionCause>))]
enum AttentionCause
{
    /// <summary>A system did not answer.</summary>
    Silence,

    /// <summary>A system answers, but is not ready by the limit of the whole wait.</summary>
    Overdue,

    /// <summary>A system will not do what must be done.</summary>
    Refusal,
}

using System.Globalization;
using System.Text.Json.Serialization;

namespace Dovetail.Endpoints.Delivery;

/// <summary>CDEK's answer to everything about a shipment: the shipment, and how far each request for it is.</summary>
sealed record CdekAnswer(CdekShipment? Entity, IReadOnlyList<CdekRequest>? Requests)
{
    const string Taken = "error_validate_im_dep_number_has_already_had_integration";

    public IReadOnlyList<CdekFault> Faults => [.. (Requests ?? []).SelectMany(request => request.Errors ?? [])];

    /// <summary>The carrier looked at the shipment and will not have it.</summary>
    public bool IsInvalid => Last("CREATE")?.State == "INVALID";

    /// <summary>Another shipment has our number: the one that an earlier attempt booked.</summary>
    public bool IsRepetition => IsInvalid && Faults.Any(fault => fault.Code == Taken);

    public bool IsRemoved => Entity?.Current == "REMOVED" || Last("DELETE")?.State == "SUCCESSFUL";

    public bool IsBeingRemoved => Last("DELETE")?.State is "ACCEPTED" or "WAITING";

    public bool IsRemovalRefused => Last("DELETE")?.State == "INVALID";

    /// <summary>On its way, or to be on its way.</summary>
    public bool IsAlive => !IsInvalid && !IsRemoved && !IsBeingRemoved;

    /// <summary>Why not, in the carrier's words.</summary>
    public string Reason => Faults is { Count: > 0 } faults ? string.Join("; ", faults.Select(fault => fault.Message)) : "the carrier gave no reason";

    CdekRequest? Last(string type) => Requests?.LastOrDefault(request => request.Type == type);
}

sealed record CdekRequest(string Type, string State, IReadOnlyList<CdekFault>? Errors);

sealed record CdekFault(string Code, string Message);

sealed record CdekShipment
{
    public required string Uuid { get; init; }

    /// <summary>The shop's number: the order's id.</summary>
    public string? Number { get; init; }

    public string? CdekNumber { get; init; }

    public CdekPlace? ToLocation { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<CdekStatus> Statuses { get; init; } = [];

    public string? Current => Valid.FirstOrDefault()?.Code;

    /// <summary>Without those that the carrier took back. The times have whole seconds: the order within one is the carrier's own.</summary>
    [JsonIgnore]
    public IEnumerable<CdekStatus> Valid => Statuses.Where(status => !status.Deleted).OrderByDescending(status => status.At);
}

/// <summary>An address to which CDEK tells its news.</summary>
sealed record CdekSubscribed(string Uuid, string Type, Uri Url)
{
    public const string OrderStatus = "ORDER_STATUS";

    public bool IsOfOrders => Type == OrderStatus;
}

sealed record CdekPlace(string? City);

/// <param name="DateTime">ISO 8601 with an offset that has no colon.</param>
sealed record CdekStatus(string Code, string DateTime, string? City = null, string? ReasonCode = null, bool Deleted = false)
{
    [JsonIgnore]
    public DateTimeOffset At => DateTimeOffset.ParseExact(DateTime, "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture).ToUniversalTime();
}

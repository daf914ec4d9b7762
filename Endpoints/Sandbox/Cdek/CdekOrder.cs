using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Cdek;

/// <summary>What the carrier remembers of one shipment.</summary>
sealed record CdekOrder
{
    public required string Uuid { get; init; }

    /// <summary>The shop's number; unique among the shipments that are alive.</summary>
    public string? Number { get; init; }

    public required string CdekNumber { get; init; }

    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>The shipment as the shop posted it.</summary>
    public required JsonObject Request { get; init; }

    /// <summary>Why registration fails; null when it succeeds.</summary>
    public CdekFault? Fault { get; init; }

    /// <summary>The reason code with which the shipment comes to nothing in the end; null when it is delivered.</summary>
    public int? NotDeliveredFor { get; init; }

    public DateTimeOffset? DeletionAskedAt { get; init; }

    /// <summary>Newest first, as of the last time anybody looked.</summary>
    public IReadOnlyList<CdekStatus> Statuses { get; init; } = [];

    /// <summary>Whether the shop's number is taken by this shipment.</summary>
    public bool IsAlive => Fault is null && DeletionAskedAt is null;
}

sealed record CdekStatus(string Code, string Name, DateTimeOffset At, string? City = null, int? ReasonCode = null);

sealed record CdekFault(string Code, string Message);

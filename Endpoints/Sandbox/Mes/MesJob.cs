namespace Dovetail.Endpoints.Sandbox.Mes;

/// <summary>What a client asks for.</summary>
sealed record MesRequest(MesModel? Model, string? Material, int Quantity);

sealed record MesModel(string? Url, string? Sha256);

/// <summary>One computation. How far it is follows from its instants.</summary>
sealed record MesJob
{
    public required string Id { get; init; }

    public required string IdempotencyKey { get; init; }

    public required MesRequest Request { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The same as <see cref="CreatedAt"/> when the price was known already.</summary>
    public required DateTimeOffset ReadyAt { get; init; }

    public required decimal UnitPrice { get; init; }

    /// <summary>Why the computation comes to nothing; null when it succeeds.</summary>
    public string? Fault { get; init; }

    public DateTimeOffset? CanceledAt { get; init; }

    public string Status(DateTimeOffset now) => this switch
    {
        { CanceledAt: not null } => "canceled",
        _ when now >= ReadyAt => Fault is null ? "succeeded" : "failed",
        _ when Progress(now) < 0.1m => "queued",
        _ => "running",
    };

    public decimal Progress(DateTimeOffset now) => now >= ReadyAt
        ? 1
        : Math.Round((decimal)((now - CreatedAt) / (ReadyAt - CreatedAt)), 2, MidpointRounding.ToZero);
}

/// <summary>When the price of one piece is known: from then on every request for the same piece is answered at once.</summary>
sealed record MesPrice(DateTimeOffset ReadyAt);

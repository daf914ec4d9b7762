namespace Dovetail.Endpoints.Sandbox;

/// <summary>How the stand-ins behave. Section <c>Sandbox</c>.</summary>
public sealed record SandboxOptions
{
    public const string Section = "Sandbox";

    /// <summary>Where the stand-ins keep what they know.</summary>
    public string Folder { get; init; } = "data/sandbox";

    /// <summary>TCP port of the mail server; 0 for any free one.</summary>
    public int SmtpPort { get; init; } = 2525;

    /// <summary>All durations below are multiplied by this: 60 turns the seconds into minutes.</summary>
    public double Pace { get; init; } = 1;

    /// <summary>What levers with a chance throw their dice by; null for other dice in each run.</summary>
    public int? Seed { get; init; }

    /// <summary>From the request to the price of a model.</summary>
    public TimeSpan MesJob { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the registered order to the packed goods.</summary>
    public TimeSpan Picking { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From the request to the carrier's tracking number.</summary>
    public TimeSpan CdekRegistration { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>From the request to goods in transit.</summary>
    public TimeSpan CdekInTransit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From the request to goods with the courier.</summary>
    public TimeSpan CdekOutForDelivery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the request to the handed-over goods.</summary>
    public TimeSpan CdekDelivered { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>From the hold to the moment at which the bank releases it by itself.</summary>
    public TimeSpan HoldExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The shop at YooKassa is one that must send fiscal receipts: without one it is refused. A receipt that comes is checked in any case.</summary>
    public bool YooKassaWantsReceipts { get; init; }

    /// <summary>How long Stripe works on one request.</summary>
    public TimeSpan StripeCall { get; init; } = TimeSpan.Zero;

    /// <summary>How long the loyalty system works on one request.</summary>
    public TimeSpan LoymaxCall { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>One of the durations above at the chosen pace.</summary>
    internal TimeSpan Paced(TimeSpan duration) => duration * Pace;
}

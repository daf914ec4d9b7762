namespace Dovetail.Sagas.Tests;

/// <summary>A clock that stands still until it is moved.</summary>
sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}

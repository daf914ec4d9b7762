namespace Dovetail.Bus.Messages;

/// <summary>Where random numbers and ids of the bus come from: chance, or on a simulation's thread its seed.</summary>
static class Chance
{
    /// <summary>Set for as long as a simulation runs on this thread.</summary>
    [field: ThreadStatic]
    public static Random? Seeded { get; set; }

    public static int Between(int least, int below) => (Seeded ?? Random.Shared).Next(least, below);

    public static Guid NewGuid()
    {
        if (Seeded is null) return Guid.NewGuid();
        Span<byte> bytes = stackalloc byte[16];
        Seeded.NextBytes(bytes);
        return new Guid(bytes);
    }
}

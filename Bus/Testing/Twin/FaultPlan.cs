namespace Dovetail.Bus.Testing;

/// <summary>What goes wrong in a simulation, and how often: each figure is the chance, from 0 to 1, at each occasion.</summary>
public sealed record FaultPlan
{
    /// <summary>Nothing goes wrong; only the order in which things happen is the seed's.</summary>
    public static FaultPlan None { get; } = new();

    /// <summary>At a step of a process: it is gone with all it had in memory, and comes back after a while.</summary>
    public double Crashes { get; init; }

    /// <summary>At a step of a process: its host stops it, as when a new version is rolled out, and it comes back after a while.</summary>
    public double Stops { get; init; }

    /// <summary>At this step of the simulation, whoever's it is crashes: run a story once for each step, and it has crashed at every await.</summary>
    public int? CrashAtStep { get; init; }

    /// <summary>At a call to queues or store: it fails before it had any effect.</summary>
    public double StoreAway { get; init; }

    /// <summary>At a call to queues or store: it has its effect, and the caller hears of a failure.</summary>
    public double LostAnswers { get; init; }

    /// <summary>At a call to queues or store: it takes up to <see cref="LongestDelay"/>, longer than a claim lasts.</summary>
    public double SlowCalls { get; init; }

    /// <summary>At a message sent: it can be received only after up to <see cref="LongestDelay"/>.</summary>
    public double LateMessages { get; init; }

    /// <summary>At a message sent: it is delivered twice. Only where broker and store are apart: a queue in the store's own database holds a message once.</summary>
    public double Duplicates { get; init; }

    /// <summary>At a message received: it is not the one at the head of its queue.</summary>
    public double Reordering { get; init; }

    /// <summary>The longest that a call or a message is held up.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that a process stays away after a crash or a stop; and so long a stop may wait for handlers.</summary>
    public TimeSpan LongestAbsence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>After this much virtual time nothing goes wrong any more, so that what is to end well can.</summary>
    public TimeSpan Until { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A plan of its own for each seed: some kinds of fault are left out, so that the others show what they can do alone.</summary>
    public static FaultPlan Of(int seed)
    {
        var random = new Random(seed);
        double Sometimes(double most) => random.Next(3) == 0 ? 0 : most * random.NextDouble();
        return new FaultPlan
        {
            Crashes = Sometimes(0.01),
            StoreAway = Sometimes(0.05),
            LostAnswers = Sometimes(0.05),
            SlowCalls = Sometimes(0.05),
            LateMessages = Sometimes(0.3),
            Duplicates = Sometimes(0.3),
            Reordering = Sometimes(1),
            Stops = Sometimes(0.005),
        };
    }
}

using System.Globalization;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Testing;

/// <summary>Draws from a simulation's seed what goes wrong, and writes down what happens.</summary>
sealed class Faults(Simulation simulation, FaultPlan plan, Random random)
{
    DateTimeOffset End { get; } = simulation.Time.GetUtcNow() + plan.Until;

    bool Active => simulation.Time.GetUtcNow() < End;

    /// <summary>Somebody else may go first, the process may end here, the call may take its time or fail.</summary>
    public async Task Before(string call, string about)
    {
        var process = simulation.Current;
        await Task.Yield();
        if (!process.IsReliable && Hits(plan.SlowCalls))
        {
            simulation.Note(process, $"waits to {call} ({about})");
            await Task.Delay(UpTo(plan.LongestDelay), process.Time);
        }
        if (!process.IsReliable && Hits(plan.StoreAway)) throw Away(process, $"can't {call} ({about})");
    }

    /// <summary>The call had its effect; whether the caller lives to hear of it is another matter.</summary>
    public async Task After(string call, string? about)
    {
        var process = simulation.Current;
        if (about is not null) simulation.Note(process, $"{call} ({about})");
        await Task.Yield();
        if (!process.IsReliable && Hits(plan.LostAnswers)) throw Away(process, $"does not hear that it could {call} ({about ?? "nothing"})");
    }

    public bool Crashes(SimulatedProcess process) => !process.IsReliable && (simulation.Steps == plan.CrashAtStep || Hits(plan.Crashes));

    public bool Stops(SimulatedProcess process) => !process.IsReliable && process.IsRunning && Hits(plan.Stops);

    public TimeSpan Absence() => UpTo(plan.LongestAbsence);

    /// <summary>Which of so many messages comes next.</summary>
    public int Pick(int count) => count > 1 && Hits(plan.Reordering) ? random.Next(count) : 0;

    public bool Doubles(string queue, string messageId)
    {
        if (!Hits(plan.Duplicates)) return false;
        simulation.Note(null, $"{messageId} will come twice to {queue}");
        return true;
    }

    /// <returns>Null for a message in time.</returns>
    public DateTimeOffset? Late(string queue, string messageId, DateTimeOffset now)
    {
        if (!Hits(plan.LateMessages)) return null;
        var delay = UpTo(plan.LongestDelay);
        simulation.Note(null, string.Create(CultureInfo.InvariantCulture, $"{messageId} will come to {queue} {delay.TotalSeconds:0.000} s late"));
        return now + delay;
    }

    // Chance is asked only where it has a say: a plan without a kind of fault leaves the rest of the history alone.
    bool Hits(double chance) => chance > 0 && Active && random.NextDouble() < chance;

    TimeSpan UpTo(TimeSpan longest) => TimeSpan.FromMilliseconds(1 + Math.Floor(longest.TotalMilliseconds * random.NextDouble()));

    StoreAwayException Away(SimulatedProcess process, string what)
    {
        simulation.Note(process, what);
        return new StoreAwayException($"{process.Name} {what}", new TimeoutException($"seed {simulation.Seed} wants it so"));
    }
}

using System.Globalization;
using System.Runtime.ExceptionServices;
using Dovetail.Bus.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Bus.Testing;

/// <summary>A whole system in one thread and in virtual time. One seed decides what happens next, at every step, and what goes wrong: it gives one history, always the same.</summary>
/// <remarks>
/// What runs in it must stay in it: time from the <see cref="TimeProvider"/> of the services, no threads, no real input or output.
/// Whoever leaves it (Task.Run, ConfigureAwait(false) on something that waits) makes the run fail, as it could not be repeated.
/// </remarks>
public sealed class Simulation
{
    const int MostStepsInOneInstant = 1_000_000;

    readonly Random _random;
    readonly Faults _faults;
    readonly List<(Lane Lane, Task Task)> _runnable = [];
    readonly List<Task> _watched = [];
    readonly List<HistoryEntry> _history = [];
    readonly DateTimeOffset _start;
    SimulatedProcess? _current;
    SimulatedProcess? _strayed;
    int? _thread;

    /// <summary>Begins at rest, with nothing in it.</summary>
    public Simulation(int seed, FaultPlan? faults = null)
    {
        Seed = seed;
        _random = new Random(seed);
        _start = Time.GetUtcNow();
        _faults = new Faults(this, faults ?? FaultPlan.None, _random);
    }

    /// <summary>What everything here follows from.</summary>
    public int Seed { get; }

    /// <summary>The clock of the simulation.</summary>
    public VirtualTime Time { get; } = new();

    /// <summary>How many steps were taken: a step is what a process does between two awaits.</summary>
    public int Steps { get; private set; }

    /// <summary>All that happened, in order.</summary>
    public IReadOnlyList<HistoryEntry> History => _history;

    /// <summary>Whose step it is.</summary>
    internal SimulatedProcess Current => _current ?? throw new InvalidOperationException("The simulation does not run at the moment. Give the work to a process: process.Do(services => ...).");

    /// <summary>A broker that has the faults of this simulation. Only processes of the simulation may use it.</summary>
    public InMemoryBroker AddBroker(CommitMode mode = CommitMode.Joined) => new(mode) { Faults = _faults };

    /// <summary>Adds a process, which starts with the next run.</summary>
    /// <param name="configure">Called at each start; what it makes is lost in a crash, what it captures is not.</param>
    /// <param name="reliable">No fault hits it: for the driver of a test.</param>
    public SimulatedProcess AddProcess(string name, Action<IServiceCollection> configure, bool reliable = false)
    {
        var process = new SimulatedProcess(this, name, configure, reliable);
        process.Start();
        return process;
    }

    /// <summary>Runs until nothing is left to do and nothing falls due any more.</summary>
    /// <param name="atMost">How much virtual time it may take; a day unless given.</param>
    /// <exception cref="InvalidOperationException">It is not quiet by then.</exception>
    public void RunUntilQuiet(TimeSpan? atMost = null)
    {
        var end = Time.GetUtcNow() + (atMost ?? TimeSpan.FromDays(1));
        Run(static () => true, end);
        if (Time.NextDue is { } due)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The simulation is not quiet by {end:u}: the next timer is due at {due:u}. Either a handler never ends, perhaps because it waits for something outside the simulation, or something ticks for ever. Mend it, allow more time, or use {nameof(RunFor)} or {nameof(RunUntil)}.{Environment.NewLine}{Tail(20)}"));
        }
    }

    /// <summary>Runs for so much virtual time.</summary>
    public void RunFor(TimeSpan duration)
    {
        var end = Time.GetUtcNow() + duration;
        Run(static () => true, end);
        Time.AdvanceTo(end);
    }

    /// <summary>Runs until something has come about.</summary>
    /// <returns>False if it has not within the time.</returns>
    public bool RunUntil(Func<bool> reached, TimeSpan atMost)
    {
        Run(() => !reached(), Time.GetUtcNow() + atMost);
        return reached();
    }

    /// <summary>Tells a story once for each seed. The first that fails says which seed it was, how to replay it, and what happened last.</summary>
    /// <param name="seeds">How many.</param>
    /// <param name="story">Adds processes, runs them, and checks what must hold.</param>
    /// <param name="faults">What goes wrong; <see cref="FaultPlan.Of"/> unless given.</param>
    /// <param name="first">The first seed.</param>
    /// <exception cref="SeedFailedException">The story failed.</exception>
    public static void Explore(int seeds, Action<Simulation> story, Func<int, FaultPlan>? faults = null, int first = 1)
    {
        foreach (var seed in Enumerable.Range(first, seeds)) Replay(seed, story, faults);
    }

    /// <summary>Tells a story for one seed.</summary>
    /// <exception cref="SeedFailedException">The story failed.</exception>
    public static Simulation Replay(int seed, Action<Simulation> story, Func<int, FaultPlan>? faults = null)
    {
        var simulation = new Simulation(seed, (faults ?? FaultPlan.Of)(seed));
        try
        {
            story(simulation);
            return simulation;
        }
        catch (Exception failure)
        {
            throw new SeedFailedException(seed, simulation.History, failure);
        }
    }

    internal void Enqueue(Lane lane, Task task)
    {
        lock (_runnable)
        {
            if (_thread is { } thread && thread != Environment.CurrentManagedThreadId) _strayed = lane.Process;
            _runnable.Add((lane, task));
        }
    }

    internal void End(Lane lane)
    {
        lane.HasEnded = true;
        lock (_runnable) _runnable.RemoveAll(item => item.Lane == lane);
    }

    internal void Watch(Task task) => _watched.Add(task);

    internal void Note(SimulatedProcess? process, string what) => _history.Add(new HistoryEntry(Time.GetUtcNow() - _start, process is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{process.Name}#{process.Starts}"), what));

    void Run(Func<bool> more, DateTimeOffset end)
    {
        if (_thread is not null) throw new InvalidOperationException("The simulation runs already. Move time from outside the processes.");
        var (context, chance) = (SynchronizationContext.Current, Chance.Seeded);
        SynchronizationContext.SetSynchronizationContext(null);
        Chance.Seeded = _random;
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            RunHere(more, end);
        }
        finally
        {
            _thread = null;
            Chance.Seeded = chance;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    void RunHere(Func<bool> more, DateTimeOffset end)
    {
        var steps = 0;
        while (more())
        {
            if (Step())
            {
                if (++steps > MostStepsInOneInstant) throw new InvalidOperationException($"The simulation took {steps} steps without any time passing: something waits in a circle.{Environment.NewLine}{Tail(20)}");
                continue;
            }
            Check();
            if (Time.NextDue is not { } due || due > end) return;
            Time.AdvanceTo(due);
            steps = 0;
        }
    }

    bool Step()
    {
        (Lane Lane, Task Task) next;
        lock (_runnable)
        {
            if (_runnable.Count == 0) return false;
            var at = _random.Next(_runnable.Count);
            next = _runnable[at];
            _runnable[at] = _runnable[^1];
            _runnable.RemoveAt(_runnable.Count - 1);
        }
        Steps++;
        if (_faults.Crashes(next.Lane.Process))
        {
            next.Lane.Process.Crash(_faults.Absence());
            return true;
        }
        if (_faults.Stops(next.Lane.Process)) next.Lane.Process.Stop(_faults.Absence(), patience: _faults.Absence());
        _current = next.Lane.Process;
        next.Lane.Execute(next.Task);
        _current = null;
        return true;
    }

    void Check()
    {
        if (_strayed is { } process)
        {
            throw new InvalidOperationException(
                $"Process {process.Name} left the simulation's thread and came back from another: its history could not be repeated. Look for Task.Run, ConfigureAwait(false), real input or output, and timers that are not of the TimeProvider.");
        }
        foreach (var done in _watched.Where(task => task.IsCompleted).ToList())
        {
            _watched.Remove(done);
            if (done.Exception?.InnerException is { } failure) ExceptionDispatchInfo.Throw(failure);
        }
    }

    string Tail(int entries) => string.Join(Environment.NewLine, _history.TakeLast(entries));
}

/// <summary>One thing that happened.</summary>
/// <param name="At">How long after the beginning.</param>
/// <param name="Process">The process, and which of its lives; blank if it was the world's doing.</param>
public readonly record struct HistoryEntry(TimeSpan At, string Process, string What)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds,10:0.000} {Process} {What}");
}

/// <summary>A story that does not hold for one seed.</summary>
public sealed class SeedFailedException(int seed, IReadOnlyList<HistoryEntry> history, Exception failure) : InvalidOperationException(
    string.Create(CultureInfo.InvariantCulture, $"Seed {seed} breaks it: {failure.Message}{Environment.NewLine}To see it again, run the same story by Simulation.Replay({seed}, story). What happened last:{Environment.NewLine}{string.Join(Environment.NewLine, history.TakeLast(60))}"), failure)
{
    /// <summary>The seed that replays it.</summary>
    public int Seed => seed;

    /// <summary>All that happened until then.</summary>
    public IReadOnlyList<HistoryEntry> History => history;
}

namespace Dovetail.Bus.Testing;

/// <summary>Where everything runs that belongs to one life of a process. Once it has ended, nothing of it runs any more.</summary>
sealed class Lane(Simulation simulation, SimulatedProcess process) : TaskScheduler
{
    public SimulatedProcess Process => process;

    public bool HasEnded { get; set; }

    public Task Run(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    public void Execute(Task task) => TryExecuteTask(task);

    protected override void QueueTask(Task task)
    {
        if (!HasEnded) simulation.Enqueue(this, task);
    }

    // Everything waits for its turn: the seed decides what goes on next.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}

/// <summary>The simulation's clock as one life of a process sees it: with the process, its timers are gone.</summary>
sealed class LaneTime(VirtualTime time, Lane lane) : TimeProvider
{
    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(_ => Task.Factory.StartNew(() => callback(state), CancellationToken.None, TaskCreationOptions.DenyChildAttach, lane), null, dueTime, period, lane);
}

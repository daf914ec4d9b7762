using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dovetail.Bus.Testing;

/// <summary>A process of a simulation: services, endpoints among them, that start, may crash, and start again from what is stored.</summary>
public sealed class SimulatedProcess
{
    readonly Simulation _simulation;
    readonly Action<IServiceCollection> _configure;
    Lane? _lane;
    IServiceProvider? _services;
    Task _started = Task.CompletedTask;
    bool _stops;

    internal SimulatedProcess(Simulation simulation, string name, Action<IServiceCollection> configure, bool reliable)
    {
        (_simulation, _configure, Name, IsReliable) = (simulation, configure, name, reliable);
        Time = simulation.Time;
    }

    /// <summary>Names the process in the history.</summary>
    public string Name { get; }

    /// <summary>True if no fault hits it.</summary>
    public bool IsReliable { get; }

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>True once it has come up, whatever happened to it since: its queues and subscriptions are there.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>The clock of the process as it runs now.</summary>
    public TimeProvider Time { get; private set; }

    /// <summary>True from when it has come up until it is told to stop, or crashes.</summary>
    internal bool IsRunning => _lane is not null && _started.IsCompletedSuccessfully && !_stops;

    /// <summary>What was configured, in its present life.</summary>
    /// <exception cref="InvalidOperationException">The process is not running.</exception>
    public IServiceProvider Services => _services ?? throw new InvalidOperationException($"Process {Name} is not running. Let time pass until it is back.");

    /// <summary>Has the process do something, once it has started; a failure is thrown by the run that meets it. Lost if the process crashes before it is done.</summary>
    public void Do(Func<IServiceProvider, Task> work)
    {
        var lane = _lane ?? throw new InvalidOperationException($"Process {Name} is not running. Let time pass until it is back.");
        _simulation.Watch(lane.Run(async () =>
        {
            await _started;
            await work(Services);
        }));
    }

    /// <summary>Ends the process at once, with all it has in memory: nothing more of it runs, and its claims lapse.</summary>
    /// <param name="absence">When it comes back.</param>
    public void Crash(TimeSpan absence)
    {
        if (_lane is not null) Leave("crashes", absence);
    }

    /// <summary>Stops the process as its host would, as when a new version is rolled out: handlers may finish.</summary>
    /// <param name="absence">When it comes back, once it has stopped.</param>
    /// <param name="patience">How long it waits for handlers before they are told to give up.</param>
    public void Stop(TimeSpan absence, TimeSpan patience)
    {
        if (_lane is not { } lane) return;
        _stops = true;
        Do(async services =>
        {
            _simulation.Note(this, "stops");
            using var impatience = new CancellationTokenSource(patience, Time);
            var hosted = services.GetServices<IHostedService>().Reverse().ToList();
            var inSteps = hosted.OfType<IHostedLifecycleService>().ToList();
            foreach (var service in inSteps) await service.StoppingAsync(impatience.Token);
            foreach (var service in hosted) await service.StopAsync(impatience.Token);
            foreach (var service in inSteps) await service.StoppedAsync(impatience.Token);
            if (lane == _lane) Leave("has stopped", absence);
        });
    }

    internal void Start()
    {
        Starts++;
        _stops = false;
        var lane = _lane = new Lane(_simulation, this);
        Time = new LaneTime(_simulation.Time, lane);
        _started = lane.Run(() => StartServices(lane));
        _simulation.Watch(_started);
    }

    void Leave(string how, TimeSpan absence)
    {
        _simulation.Note(this, how);
        _simulation.End(_lane!);
        (_lane, _services) = (null, null);
        _simulation.Time.CreateTimer(_ => Start(), null, absence, Timeout.InfiniteTimeSpan);
    }

    async Task StartServices(Lane lane)
    {
        _simulation.Note(this, "starts");
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(Time);
        _configure(services);
        _services = services.BuildServiceProvider();
        try
        {
            var hosted = _services.GetServices<IHostedService>().ToList();
            var inSteps = hosted.OfType<IHostedLifecycleService>().ToList();
            foreach (var service in inSteps) await service.StartingAsync(CancellationToken.None);
            foreach (var service in hosted) await service.StartAsync(CancellationToken.None);
            foreach (var service in inSteps) await service.StartedAsync(CancellationToken.None);
            HasStarted = true;
        }
        catch (StoreAwayException) when (lane == _lane)
        {
            // As a process that can't reach its broker: it ends, and whoever watches over it starts it again.
            Crash(TimeSpan.FromSeconds(1));
            await new TaskCompletionSource().Task;
        }
    }
}

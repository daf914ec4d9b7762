using Dovetail.Bus.Victim;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>Processes that share one database, the sender of their stories, and what is known of it all from outside.</summary>
sealed class CrashScene : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly VictimProcess[] _processes;
    readonly List<string> _ledgers = [];
    readonly Dictionary<Moment, int> _kills = [];
    IHost? _sender;

    readonly ICrashDatabase _database;

    CrashScene(ICrashDatabase database, int processes)
    {
        _database = database;
        _processes = [.. Enumerable.Range(0, processes).Select(_ => Begin())];
    }

    public int Stories { get; private set; }

    public bool SendsOnce => _database.SendsOnce;

    public int Kills => _kills.Values.Sum();

    public static async Task<CrashScene> Start(ICrashDatabase database, int processes, CancellationToken cancellation)
    {
        var scene = new CrashScene(database, processes);
        try
        {
            using (var connection = database.Connect()) connection.Execute(Effects.Table);
            foreach (var process in scene._processes) await process.Ready(cancellation);

            var builder = Host.CreateEmptyApplicationBuilder(null);
            var endpoint = new EndpointConfiguration("Author");
            SmallSystem.Configure(endpoint, database.Name).RouteToEndpoint(typeof(OpenStory), SmallSystem.Desk);
            endpoint.SendOnly();
            builder.Services.AddNServiceBusEndpoint(endpoint);
            scene._sender = builder.Build();
            await scene._sender.StartAsync(cancellation);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public async Task Tell(int stories, CancellationToken cancellation)
    {
        var session = _sender!.Services.GetRequiredService<IMessageSession>();
        for (var count = 0; count < stories; count++) await session.Send(new OpenStory(++Stories, "outside"), cancellation);
    }

    /// <summary>Kills one process at the moment, and starts another in its place.</summary>
    public async Task Strike(int process, Kill kill, CancellationToken cancellation)
    {
        await _processes[process].Die(kill, cancellation);
        _kills[kill.Moment] = _kills.GetValueOrDefault(kill.Moment) + 1;
        _processes[process].Dispose();
        _processes[process] = Begin();
    }

    public string KillsByMoment() => string.Join(", ", Enum.GetValues<Moment>().Select(moment => $"{moment} {_kills.GetValueOrDefault(moment)}"));

    /// <summary>Waits until nothing is waiting, claimed or delayed any more, and stops all properly.</summary>
    public async Task<Evidence> End(CancellationToken cancellation)
    {
        using var connection = _database.Connect();
        while (true)
        {
            foreach (var process in _processes) await process.Ready(cancellation);
            while (await _database.Left(connection) > 0) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellation);
            foreach (var process in _processes) await process.Stop(cancellation);

            // What they had in hand may have led to more.
            if (await _database.Left(connection) == 0) return await Evidence.Read(_database, connection, _ledgers);
            for (var process = 0; process < _processes.Length; process++)
            {
                _processes[process].Dispose();
                _processes[process] = Begin();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) process.Dispose();
        if (_sender is not null)
        {
            await _sender.StopAsync();
            await ((IAsyncDisposable)_sender).DisposeAsync();
        }
        _database.Dispose();
        _folder.Dispose();
    }

    VictimProcess Begin()
    {
        _ledgers.Add(_folder.File($"ledger-{_ledgers.Count + 1}"));
        return new VictimProcess(_database.Name, _ledgers[^1]);
    }
}

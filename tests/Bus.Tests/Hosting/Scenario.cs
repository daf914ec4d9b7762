using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Endpoints in one host, on whatever transport and store a contract is run for.</summary>
sealed class Scenario : IAsyncDisposable
{
    readonly IHost _host;

    Scenario(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public Notes Notes => _host.Services.GetRequiredService<Notes>();

    public static async Task<Scenario> Start(
        IBusUnderTest bus, IReadOnlyList<(string Name, Action<EndpointConfiguration, RoutingSettings> Configure)> endpoints, CancellationToken cancellation,
        Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var acts = new Acts();
        builder.Services.AddSingleton(acts);
        builder.Services.AddSingleton<Notes>();
        builder.Services.AddSingleton<ILoggerProvider, LogNotes>();
        services?.Invoke(builder.Services);
        builder.Services.AddSingleton(bus);
        builder.Services.AddScoped<Faults.Grumpy>();
        foreach (var (name, configure) in endpoints)
        {
            var endpoint = new EndpointConfiguration(name);
            var routing = bus.Use(endpoint);
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.AssemblyScanner().Disable = true;
            endpoint.Conventions()
                .DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal))
                .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal))
                .DefiningMessagesAs(type => type.Name.EndsWith("Message", StringComparison.Ordinal));
            endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(1).TimeIncrease(TimeSpan.FromMilliseconds(50)));
            configure(endpoint, routing);
            acts.Add(Acts.Of(endpoint));
            builder.Services.AddNServiceBusEndpoint(endpoint, name);
        }
        var host = builder.Build();
        await host.StartAsync(cancellation);
        return new Scenario(host);
    }

    public IMessageSession Session(string endpoint) => _host.Services.GetRequiredKeyedService<IMessageSession>(endpoint);

    public static ITransactionalSession TransactionalSession(IServiceScope scope, string endpoint) => TransactionalSession(scope.ServiceProvider, endpoint);

    public static ITransactionalSession TransactionalSession(IServiceProvider scoped, string endpoint) => scoped.GetRequiredKeyedService<ITransactionalSession>(endpoint);

    public Task Stop(CancellationToken cancellation) => _host.StopAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}

/// <summary>What handlers of a scenario write down, and what tests wait for.</summary>
sealed class Notes
{
    readonly List<object> _written = [];
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Switches by which a test steers its handlers.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> Gates { get; } = new();

    public void Write(object note)
    {
        TaskCompletionSource changed;
        lock (_written)
        {
            _written.Add(note);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
    }

    public IReadOnlyList<T> Of<T>()
    {
        lock (_written) return [.. _written.OfType<T>()];
    }

    /// <summary>Waits until there are so many notes of the type.</summary>
    public async Task<IReadOnlyList<T>> Until<T>(int count, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_written)
            {
                if (_written.OfType<T>().Count() >= count) return [.. _written.OfType<T>()];
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellation);
        }
    }

    public TaskCompletionSource Gate(string name) => Gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

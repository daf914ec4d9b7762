using Microsoft.Extensions.Hosting;

namespace Dovetail.Bus.Hosting;

/// <summary>Runs an endpoint with its host: everything is prepared before anything receives.</summary>
sealed class EndpointHost(EndpointInstance endpoint) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => endpoint.Prepare(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        endpoint.Start();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => endpoint.Stop(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

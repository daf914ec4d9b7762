using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Hosting;

/// <summary>Runs an endpoint with its host: everything is prepared before anything receives.</summary>
/// <param name="installers">Set where the host is there to install, and not to receive.</param>
sealed class EndpointHost(EndpointInstance endpoint, InstallersOptions? installers, IHostApplicationLifetime? lifetime) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => endpoint.Prepare(onlyInstall: installers is not null, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (installers is null) endpoint.Start();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (installers?.ShutdownBehavior == InstallersShutdownBehavior.StopApplication) lifetime?.StopApplication();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => endpoint.Stop(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

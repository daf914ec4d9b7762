using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;

namespace Dovetail.Endpoints.Database;

/// <summary>Creates the tables of a context before anything of the host starts to use them.</summary>
sealed class TablesAtStart<TContext>(IDbContextFactory<TContext> contexts) : IHostedLifecycleService where TContext : DbContext
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await Dialect.Of(context).CreateTables(context, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Database;

/// <summary>Gives an endpoint tables of its own.</summary>
static class DatabaseRoom
{
    /// <summary>Tables in the database that the bus keeps its state in, so that both commit as one: a factory of contexts, <see cref="SharedWrites"/>, the tables themselves, and a check of readiness.</summary>
    public static void AddDatabase<TContext>(this IServiceCollection services, IConfiguration configuration, string name) where TContext : DbContext
    {
        var connection = configuration.GetConnectionString("Dovetail") ?? throw new InvalidOperationException(
            $"{name} has no database: ConnectionStrings:Dovetail is not set. " +
            "Set it to the connection string of the database that the bus keeps its state in, such as \"Data Source=data/dovetail.db\" or \"Host=db;Database=dovetail;Username=...\".");

        services.AddContexts<TContext>(connection);
        services.TryAddSingleton(provider => new SharedWrites(Dialect.Of(connection), provider.GetService<JoinCommit>()));
        services.AddHostedService<TablesAtStart<TContext>>();
        services.AddHealthChecks().AddCheck<DatabaseAnswers<TContext>>($"{name}-database", tags: ["ready"]);
    }

    /// <summary>Tables that the endpoint writes to in short commits of its own, through a <see cref="CommitLane{TContext}"/>.</summary>
    /// <remarks>The connection string is <c>ConnectionStrings:{name}</c>, or else <c>ConnectionStrings:Dovetail</c>.</remarks>
    public static void AddOwnDatabase<TContext>(this IServiceCollection services, IConfiguration configuration, string name) where TContext : DbContext =>
        services.AddContexts<TContext>(configuration.GetConnectionString(name) ?? configuration.GetConnectionString("Dovetail") ?? throw new InvalidOperationException(
            $"{name} has no database: neither ConnectionStrings:{name} nor ConnectionStrings:Dovetail is set. " +
            "Set one of them to the connection string of a SQLite file or a PostgreSQL database, such as \"Data Source=data/dovetail.db\"."));

    static void AddContexts<TContext>(this IServiceCollection services, string connection) where TContext : DbContext
    {
        var dialect = Dialect.Of(connection);
        services.TryAddSingleton(TimeProvider.System);
        // Kept and used again: to make one costs more than most of what is done with it.
        services.AddPooledDbContextFactory<TContext>(options => dialect.Use(options, connection));
        services.AddSingleton<EndpointTables>(provider => new(async cancellation =>
        {
            await using var context = await provider.GetRequiredService<IDbContextFactory<TContext>>().CreateDbContextAsync(cancellation);
            await dialect.CreateTables(context, cancellation);
        }));
    }
}

/// <summary>Tables of an endpoint, for who wants them created before anything runs.</summary>
/// <param name="Create">Creates those that are missing.</param>
public sealed record EndpointTables(Func<CancellationToken, Task> Create);

/// <summary>The tables can be read.</summary>
sealed class DatabaseAnswers<TContext>(IDbContextFactory<TContext> contexts) : IHealthCheck where TContext : DbContext
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var database = await contexts.CreateDbContextAsync(cancellationToken);
        return await database.Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The database of ConnectionStrings:Dovetail can't be opened. A file: check its path, its permissions and the disk. A server: whether it runs, and takes the name and password.");
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Database;

/// <summary>Gives an endpoint tables of its own.</summary>
static class DatabaseRoom
{
    /// <summary>Tables in the file that the bus uses too, so that both commit as one: a factory of contexts, the tables themselves, and a check of readiness.</summary>
    public static void AddDatabase<TContext>(this IServiceCollection services, IConfiguration configuration, string name) where TContext : DbContext
    {
        var connection = configuration.GetConnectionString("Dovetail") ?? throw new InvalidOperationException(
            $"{name} has no database: ConnectionStrings:Dovetail is not set. " +
            "Set it to the SQLite connection string of the file that the bus uses, such as \"Data Source=data/dovetail.db\".");

        services.AddContexts<TContext>(connection);
        services.AddHostedService<TablesAtStart<TContext>>();
        services.AddHealthChecks().AddCheck<DatabaseAnswers<TContext>>($"{name}-database", tags: ["ready"]);
    }

    /// <summary>Tables that the endpoint writes to in short commits of its own, through a <see cref="CommitLane{TContext}"/>.</summary>
    /// <remarks>The SQLite connection string is <c>ConnectionStrings:{name}</c>, or else <c>ConnectionStrings:Dovetail</c>.</remarks>
    public static void AddOwnDatabase<TContext>(this IServiceCollection services, IConfiguration configuration, string name) where TContext : DbContext =>
        services.AddContexts<TContext>(configuration.GetConnectionString(name) ?? configuration.GetConnectionString("Dovetail") ?? throw new InvalidOperationException(
            $"{name} has no database: neither ConnectionStrings:{name} nor ConnectionStrings:Dovetail is set. " +
            "Set one of them to a SQLite connection string, such as \"Data Source=data/dovetail.db\"."));

    static void AddContexts<TContext>(this IServiceCollection services, string connection) where TContext : DbContext
    {
        services.TryAddSingleton(TimeProvider.System);
        // Kept and used again: to make one costs more than most of what is done with it.
        services.AddPooledDbContextFactory<TContext>(options => options.UseSqlite(connection).AddInterceptors(PatientConnection.Instance));
        services.AddSingleton<EndpointTables>(provider => new(async cancellation =>
        {
            await using var context = await provider.GetRequiredService<IDbContextFactory<TContext>>().CreateDbContextAsync(cancellation);
            await Tables.Create(context, cancellation);
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
            : HealthCheckResult.Unhealthy("The file of ConnectionStrings:Dovetail can't be opened: check its path, its permissions and the disk.");
    }
}

using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dovetail.Endpoints.Operations;

/// <summary>Gives an endpoint the <see cref="OperationsLedger"/>.</summary>
public static class OperationsRoom
{
    /// <summary>The SQLite connection string is <c>ConnectionStrings:Operations</c>, or else <c>ConnectionStrings:Dovetail</c>.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        // Every endpoint of a process asks for the same ledger.
        if (services.Any(service => service.ServiceType == typeof(OperationsLedger)))
            return;

        var connection = Connection(configuration);
        if (Path.GetDirectoryName(new SqliteConnectionStringBuilder(connection).DataSource) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);

        services.TryAddSingleton(TimeProvider.System);
        services.AddDbContextFactory<OperationsContext>(options => options.UseSqlite(connection).AddInterceptors(PatientConnection.Instance));
        services.AddSingleton<OperationsLedger>();
    }

    internal static string Connection(IConfiguration configuration) =>
        configuration.GetConnectionString("Operations") ?? configuration.GetConnectionString("Dovetail") ?? throw new InvalidOperationException(
            "The ledger of operations has no database: neither ConnectionStrings:Operations nor ConnectionStrings:Dovetail is set. " +
            "Set one of them to a SQLite connection string, such as \"Data Source=data/dovetail.db\".");
}

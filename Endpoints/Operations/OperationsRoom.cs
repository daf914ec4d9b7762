using Dovetail.Endpoints.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Operations;

/// <summary>Gives an endpoint the <see cref="OperationsLedger"/>.</summary>
public static class OperationsRoom
{
    /// <summary>The SQLite connection string is <c>ConnectionStrings:Operations</c>, or else <c>ConnectionStrings:Dovetail</c>.</summary>
    internal const string Database = "Operations";

    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        // Every endpoint of a process asks for the same ledger.
        if (services.Any(service => service.ServiceType == typeof(OperationsLedger)))
            return;

        services.AddOwnDatabase<OperationsContext>(configuration, Database);
        services.AddSingleton<OperationsLedger>();
    }
}

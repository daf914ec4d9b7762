using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Dovetail.Endpoints.Database;

/// <summary>Lets SQLite itself wait for another process's write: it looks again within milliseconds, the ADO.NET driver only every 150.</summary>
sealed class PatientConnection : DbConnectionInterceptor
{
    public const string Patience = "PRAGMA busy_timeout = 10000";

    public static readonly PatientConnection Instance = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Patience;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Patience;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

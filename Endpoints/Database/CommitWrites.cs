using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Endpoints.Database;

/// <summary>Writes that are part of the commit which the bus is about to make.</summary>
static class CommitWrites
{
    // The statements are few and return with each message; a connection closes its own when it is closed, and has one user at a time.
    static readonly ConditionalWeakTable<DbConnection, Dictionary<string, DbCommand>> Prepared = [];

    /// <summary>Runs an interpolated statement; each hole becomes a parameter.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <remarks>
    /// Plain statements, no EF context: on a connection that is not its own, a new context redefines its functions, whereupon SQLite forgets
    /// every prepared statement of that connection. This one is the bus's, and everybody's writes wait for it.
    /// </remarks>
    public static async Task<int> Execute(this ISqlStorageSession sql, FormattableString statement, CancellationToken cancellation)
    {
        var prepared = Prepared.GetOrCreateValue(sql.Connection);
        if (!prepared.TryGetValue(statement.Format, out var command)) prepared.Add(statement.Format, command = Prepare(sql.Connection, statement));
        command.Transaction = sql.Transaction;
        for (var hole = 0; hole < statement.ArgumentCount; hole++) command.Parameters[hole].Value = Stored(statement.GetArgument(hole));
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    static DbCommand Prepare(DbConnection connection, FormattableString statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = string.Format(CultureInfo.InvariantCulture, statement.Format, [.. Enumerable.Range(0, statement.ArgumentCount).Select(hole => $"@p{hole}")]);
        for (var hole = 0; hole < statement.ArgumentCount; hole++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{hole}";
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <summary>In the form in which a context reads it back.</summary>
    static object Stored(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset instant => instant.UtcTicks,
        decimal number => number.ToString(CultureInfo.InvariantCulture),
        _ => value,
    };
}

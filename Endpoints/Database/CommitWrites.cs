using System.Globalization;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Endpoints.Database;

/// <summary>Writes that are part of the commit which the bus is about to make.</summary>
static class CommitWrites
{
    /// <summary>Runs an interpolated statement; each hole becomes a parameter.</summary>
    /// <remarks>
    /// Plain statements, no EF context: on a connection that is not its own, a new context redefines its functions, whereupon SQLite forgets
    /// every prepared statement of that connection. This one is the bus's, and everybody's writes wait for it.
    /// </remarks>
    public static async Task Execute(this ISqlStorageSession sql, FormattableString statement, CancellationToken cancellation)
    {
        await using var command = sql.Connection.CreateCommand();
        command.Transaction = sql.Transaction;
        command.CommandText = string.Format(CultureInfo.InvariantCulture, statement.Format, [.. Enumerable.Range(0, statement.ArgumentCount).Select(hole => $"@p{hole}")]);
        foreach (var (hole, value) in statement.GetArguments().Index())
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{hole}", Stored(value));
            command.Parameters.Add(parameter);
        }
        await command.ExecuteNonQueryAsync(cancellation);
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

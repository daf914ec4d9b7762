using System.Data.Common;
using System.Globalization;

namespace Dovetail.Endpoints.Database;

/// <summary>Interpolated statements on one connection, each prepared once; each hole becomes a parameter. Not for several threads at a time.</summary>
sealed class PreparedStatements(DbConnection connection, Dialect dialect)
{
    readonly Dictionary<string, DbCommand> _prepared = new(StringComparer.Ordinal);

    public DbTransaction? Transaction { get; set; }

    /// <returns>How many rows it changed.</returns>
    public int Execute(FormattableString statement) => Prepare(statement).ExecuteNonQuery();

    public Task<int> Execute(FormattableString statement, CancellationToken cancellation) => Prepare(statement).ExecuteNonQueryAsync(cancellation);

    public List<T> Query<T>(FormattableString statement, Func<DbDataReader, T> read)
    {
        using var reader = Prepare(statement).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    DbCommand Prepare(FormattableString statement)
    {
        if (!_prepared.TryGetValue(statement.Format, out var command)) _prepared.Add(statement.Format, command = Create(statement));
        command.Transaction = Transaction;
        for (var hole = 0; hole < statement.ArgumentCount; hole++) command.Parameters[hole].Value = dialect.Stored(statement.GetArgument(hole));
        return command;
    }

    DbCommand Create(FormattableString statement)
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
}

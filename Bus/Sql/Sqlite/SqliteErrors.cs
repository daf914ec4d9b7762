using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Which failures are the file's and not the work's.</summary>
static class SqliteErrors
{
    const int Busy = 5, Locked = 6, ReadOnly = 8, Io = 10, Full = 13, CantOpen = 14, Constraint = 19;

    public static bool IsAway(SqliteException failure) => failure.SqliteErrorCode is Busy or Locked or ReadOnly or Io or Full or CantOpen;

    public static bool IsDuplicate(SqliteException failure) => failure.SqliteErrorCode == Constraint;

    public static bool IsMissingTable(SqliteException failure) => failure.Message.Contains("no such table", StringComparison.Ordinal);
}

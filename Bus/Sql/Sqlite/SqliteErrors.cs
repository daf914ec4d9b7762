using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Which failures are the file's and not the work's.</summary>
static class SqliteErrors
{
    const int Busy = 5, Locked = 6, ReadOnly = 8, Io = 10, Full = 13, CantOpen = 14;
    const int PrimaryKey = 1555, Unique = 2067;

    public static bool IsAway(SqliteException failure) => failure.SqliteErrorCode is Busy or Locked or ReadOnly or Io or Full or CantOpen;

    /// <summary>Of a file that is open for writing: what else goes wrong then has to do with some other file.</summary>
    public static bool IsOutOfRoom(SqliteException failure) => failure.SqliteErrorCode is Io or Full;

    public static bool IsDuplicate(SqliteException failure) => failure.SqliteExtendedErrorCode is PrimaryKey or Unique;

    public static bool IsMissingTable(SqliteException failure) => failure.Message.Contains("no such table", StringComparison.Ordinal);
}

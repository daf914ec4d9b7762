using System.Data.Common;

namespace Dovetail.Endpoints.Database;

/// <summary>Rows of which there may be one: the unique key decides who was first, between processes too.</summary>
static class Duplicates
{
    /// <summary>Whether a write failed because somebody else had written a row of the same key first.</summary>
    public static bool Caused(Exception failure) =>
        failure is DbException database && (SqliteDialect.Instance.IsDuplicate(database) || PostgreSqlDialect.Instance.IsDuplicate(database))
        || (failure.InnerException is { } inner && Caused(inner));
}

using System.Data.Common;

namespace NServiceBus.Persistence.Sql;

/// <summary>Taking a session apart.</summary>
public static class SqlStorageSessionTupleExtensions
{
    /// <summary>Connection and transaction at once: <c>var (connection, transaction) = session;</c></summary>
    public static void Deconstruct(this ISqlStorageSession session, out DbConnection connection, out DbTransaction transaction) =>
        (connection, transaction) = (session.Connection, session.Transaction);
}

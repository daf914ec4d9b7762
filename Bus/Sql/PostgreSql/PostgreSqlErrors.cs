using System.Net.Sockets;
using Dovetail.Bus.Sql.Servers;
using Npgsql;

namespace Dovetail.Bus.Sql.PostgreSql;

/// <summary>What failures on PostgreSQL mean.</summary>
static class PostgreSqlErrors
{
    public static Fault Sort(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => Fault.Duplicate,
        PostgresException { SqlState: PostgresErrorCodes.DivisionByZero } => Fault.Mismatch,
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } => Fault.MissingTable,
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } => Fault.Collision,
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => Fault.Locked,
        PostgresException { SqlState: var state } => IsAway(state) ? Fault.Away : Fault.Other,
        NpgsqlException or SocketException or IOException or TimeoutException => Fault.Away,
        _ => Fault.Other,
    };

    // 08 connection, 28 who may connect, 3D which database, 53 out of room, 57 called off or shutting down, 58 the machine below. A server that only lets read is a replica or about to become one.
    static bool IsAway(string state) => state[..2] is "08" or "28" or "3D" or "53" or "57" or "58" || state is PostgresErrorCodes.ReadOnlySqlTransaction;
}

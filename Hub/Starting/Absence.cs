using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Npgsql;

namespace Dovetail.Hub.Starting;

/// <summary>Tells a server that is not there yet, for which one waits, from one that refuses what it is asked: that only a person can mend.</summary>
static class Absence
{
    // By name: which package they come from depends on the engine.
    static readonly string[] OfBroker = ["BrokerUnreachableException", "AlreadyClosedException", "ConnectFailureException", "StoreAwayException"];

    /// <summary>True if whatever failed may succeed later, without anybody changing a setting.</summary>
    public static bool IsIn(Exception failure)
    {
        var all = Chain(failure).ToList();
        return !all.Exists(IsRefusal) && all.Exists(IsAway);
    }

    /// <summary>What a failure comes down to, on one line; clients of servers wrap it in words that say less.</summary>
    public static string Reason(Exception failure) => Chain(failure).Last(one => one is not AggregateException).Message.ReplaceLineEndings(" ");

    static IEnumerable<Exception> Chain(Exception failure) => failure switch
    {
        AggregateException several => several.InnerExceptions.SelectMany(Chain).Prepend(several),
        { InnerException: { } inner } => Chain(inner).Prepend(failure),
        _ => [failure],
    };

    static bool IsRefusal(Exception failure) => failure switch
    {
        // 28: name or password; 42501: no permission.
        PostgresException { SqlState: var state } => state.StartsWith("28", StringComparison.Ordinal) || state == PostgresErrorCodes.InsufficientPrivilege,
        HttpRequestException { StatusCode: { } status } => status < HttpStatusCode.InternalServerError,

        // A certificate that is not trusted, and something that is no management API.
        AuthenticationException or JsonException => true,
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied } => true,

        // The broker's own words for a user who may not use the virtual host: one that does not exist is told in the same way otherwise.
        _ => failure.GetType().Name == "AuthenticationFailureException" || failure.Message.Contains("refused for user", StringComparison.Ordinal),
    };

    static bool IsAway(Exception failure) => failure switch
    {
        AwayException => true,

        // 08 connection, 3D a database that nobody has created yet, 53 out of room, 57 starting or shutting down, 58 the machine below. A server that only lets read is a replica, or about to become one.
        PostgresException { SqlState: var state } => state[..2] is "08" or "3D" or "53" or "57" or "58" || state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable,
        NpgsqlException { IsTransient: true } or SocketException or TimeoutException or HttpRequestException => true,
        _ => OfBroker.Contains(failure.GetType().Name),
    };
}

/// <summary>What the start waits for.</summary>
/// <param name="what">A server, with its address, or what is to be on it; without a password.</param>
sealed class AwayException(string what, string why, Exception? inner = null) : InvalidOperationException($"{what}: {why}", inner)
{
    public string What => what;

    public string Why => why;
}

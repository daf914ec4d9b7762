using System.Net.Sockets;
using Dovetail.Bus.Sql.Servers;
using Microsoft.Data.SqlClient;

namespace Dovetail.Bus.Sql.SqlServer;

/// <summary>What failures on SQL Server mean.</summary>
static class SqlServerErrors
{
    const int Deadlock = 1205, UniqueIndex = 2601, UniqueConstraint = 2627, MissingObject = 208, UpdateConflict = 3960, LockTimeout = 1222;

    internal const int ReadOnlyDatabase = 3906;

    // The network, the sign-in, a database that is starting, offline, full, moving or throttled, and its log or disk.
    static readonly HashSet<int> AwayNumbers =
    [
        -2, -1, 2, 20, 53, 64, 121, 233, 258, 596, 601, 701, 823, 824, 832, 845, 921, 922, 927, 942, 945, 983, 1101, 1105, 1204, ReadOnlyDatabase, 3908, 3918, 3919, 3920, 4060, 4221, 5144, 6005, 8645, 8651, 9002, 10053, 10054,
        10060, 10061, 10928, 10929, 10936, 11001, 17142, 17187, 17188, 17189, 17197, 17198, 17809, 18401, 18451, 18452, 18456, 40143, 40197, 40501, 40540, 40544, 40549, 40550, 40551, 40552, 40553, 40613, 42108, 42109, 49918, 49919, 49920,
    ];

    public static Fault Sort(Exception failure) => failure switch
    {
        SqlException sql => Sort(sql.Number, sql.Class),
        SocketException or IOException or TimeoutException => Fault.Away,
        _ => Fault.Other,
    };

    /// <param name="severity">From 20 on the connection is gone.</param>
    internal static Fault Sort(int number, byte severity) => number switch
    {
        UniqueIndex or UniqueConstraint => Fault.Duplicate,
        SqlServerDialect.Mismatch => Fault.Mismatch,
        MissingObject => Fault.MissingTable,
        Deadlock or UpdateConflict => Fault.Collision,
        LockTimeout => Fault.Locked,
        _ => severity >= 20 || AwayNumbers.Contains(number) ? Fault.Away : Fault.Other,
    };
}

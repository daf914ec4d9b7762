using SQLitePCL;

namespace Dovetail.Hub.Roles;

/// <summary>Settings of SQLite that hold for the whole process.</summary>
static class SqliteLibrary
{
    /// <summary>Nobody asks SQLite how much memory it has in use, and to count that takes one lock for all threads with each piece of it.</summary>
    public static void Prepare()
    {
        Batteries_V2.Init();

        // Refused once a connection was opened in this process, which is no harm.
        raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }
}

using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Dovetail.Endpoints.Database;

/// <summary>The turns in which those of this process who write to one SQLite file do so.</summary>
/// <remarks>
/// SQLite has one writer at a time. Who finds the file taken sleeps and looks again, milliseconds later each time; a turn passes on at once, in the order of
/// asking. It is a courtesy and no lock: SQLite still decides, between processes too.
/// </remarks>
public static class WriteTurns
{
    /// <summary>As long as SQLite itself would wait. Whoever does not get a turn by then tries without.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly ConcurrentDictionary<string, SemaphoreSlim> Files = new(StringComparer.Ordinal);

    /// <summary>Those of a file, the same for all who name it.</summary>
    /// <param name="connectionString">SQLite's, with the file as its data source.</param>
    public static SemaphoreSlim Of(string connectionString) =>
        Files.GetOrAdd(Path.GetFullPath(new SqliteConnectionStringBuilder(connectionString).DataSource), static _ => new(1, 1));

    /// <summary>Waits for a turn, which lasts until what is returned is disposed.</summary>
    internal static async Task<IDisposable?> Take(this SemaphoreSlim turns) => await turns.WaitAsync(Patience) ? new Turn(turns) : null;

    sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}

using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Endpoints.Crm;

/// <summary>Who reads the portal's events, and what was handed on of them and not yet cleared there.</summary>
/// <remarks>Whose turn it is, is a lease in a row: nothing is held in the database while the portal is asked, and the turn of a process that was killed runs out.</remarks>
sealed class FeedPlace(IDbContextFactory<FeedContext> contexts, TimeProvider time) : IDisposable
{
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    readonly CommitLane<FeedContext> _lane = new(contexts);

    /// <summary>Null: somebody else reads.</summary>
    public Task<FeedTurn?> Take(string reader, CancellationToken cancellation) => _lane.Write(nameof(FeedPlace), db =>
    {
        var now = time.GetUtcNow();
        var before = db.Query($"SELECT Reader, Until, ProcessId FROM CrmFeed", row => new FeedRow(1, row.GetString(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2))).SingleOrDefault();
        if (before is not null && before.Reader != reader && before.Until >= now.UtcTicks)
            return null;

        db.Execute(
            $"""
            INSERT INTO CrmFeed (Id, Reader, Until) VALUES (1, {reader}, {now + Turn})
            ON CONFLICT (Id) DO UPDATE SET Reader = excluded.Reader, Until = excluded.Until
            """);
        return new FeedTurn(reader, before?.ProcessId, IsFirst: before?.Reader != reader);
    }, cancellation);

    /// <summary>Part of the commit that hands the events on: nothing of it happens if another reader was faster.</summary>
    public static async Task Keep(ISqlStorageSession sql, FeedTurn turn, string? processId, CancellationToken cancellation)
    {
        if (await sql.Execute($"UPDATE CrmFeed SET ProcessId = {processId} WHERE Id = 1 AND Reader = {turn.Reader}", cancellation) != 1)
        {
            throw new InvalidOperationException(
                "This process was stopped for so long that another one reads the portal's events by now. Nothing was handed on here; the other finds them reserved, and hands them on.");
        }
    }

    /// <summary>What was handed on is cleared at the portal.</summary>
    public Task Forget(string processId, CancellationToken cancellation) => _lane.Write(
        nameof(FeedPlace), db => db.Execute($"UPDATE CrmFeed SET ProcessId = NULL WHERE Id = 1 AND ProcessId = {processId}"), cancellation);

    public Task GiveBack(string reader) => _lane.Write(
        nameof(FeedPlace), db => db.Execute($"UPDATE CrmFeed SET Until = 0 WHERE Id = 1 AND Reader = {reader}"), CancellationToken.None);

    public void Dispose() => _lane.Dispose();
}

/// <param name="ProcessId">Under this id lie events at the portal that were handed on.</param>
/// <param name="IsFirst">Somebody else read before.</param>
sealed record FeedTurn(string Reader, string? ProcessId, bool IsFirst);

/// <summary>The table behind <see cref="FeedPlace"/>, of one row.</summary>
sealed class FeedContext(DbContextOptions<FeedContext> options) : DbContext(options)
{
    public DbSet<FeedRow> Rows => Set<FeedRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<FeedRow>(row => row.ToTable("CrmFeed").Property(r => r.Id).ValueGeneratedNever());
}

/// <param name="Until">Ticks of UTC.</param>
sealed record FeedRow(int Id, string Reader, long Until, string? ProcessId);

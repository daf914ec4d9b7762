using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Endpoints.Oms;

/// <summary>How far RetailCRM's history has been read, and who reads on.</summary>
/// <remarks>Whose turn it is, is a lease in a row: nothing is held in the database while RetailCRM is asked, and the turn of a process that was killed runs out.</remarks>
sealed class FeedPlace(IDbContextFactory<FeedContext> contexts, TimeProvider time) : IDisposable
{
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);

    readonly CommitLane<FeedContext> _lane = new(contexts);

    /// <summary>Null: somebody else reads.</summary>
    public Task<FeedTurn?> Take(string reader, CancellationToken cancellation) => _lane.Write(nameof(FeedPlace), db =>
    {
        var now = time.GetUtcNow();
        var taken = db.Execute(
            $"""
            INSERT INTO OmsFeed (Id, Reader, Until) VALUES (1, {reader}, {now + Turn})
            ON CONFLICT (Id) DO UPDATE SET Reader = excluded.Reader, Until = excluded.Until
            WHERE OmsFeed.Reader = excluded.Reader OR OmsFeed.Until < {now}
            """) == 1;
        return taken ? new FeedTurn(reader, db.Query($"SELECT After FROM OmsFeed", row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0)).Single()) : null;
    }, cancellation);

    /// <summary>Part of the commit that hands the page on: nothing of it happens if another reader was faster.</summary>
    public static async Task Move(ISqlStorageSession sql, FeedTurn turn, long to, CancellationToken cancellation)
    {
        var moved = await sql.Execute(
            $"UPDATE OmsFeed SET After = {to} WHERE Id = 1 AND Reader = {turn.Reader} AND COALESCE(After, -1) = {turn.After ?? -1}", cancellation);
        if (moved != 1)
        {
            throw new InvalidOperationException(
                "This process was stopped for so long that another one reads RetailCRM's history by now. Nothing was handed on here.");
        }
    }

    public Task GiveBack(string reader) => _lane.Write(
        nameof(FeedPlace), db => db.Execute($"UPDATE OmsFeed SET Until = 0 WHERE Id = 1 AND Reader = {reader}"), CancellationToken.None);

    public void Dispose() => _lane.Dispose();
}

/// <param name="After">The id of the last change that was handed on; null before the first.</param>
sealed record FeedTurn(string Reader, long? After);

/// <summary>The table behind <see cref="FeedPlace"/>, of one row.</summary>
sealed class FeedContext(DbContextOptions<FeedContext> options) : DbContext(options)
{
    public DbSet<FeedRow> Rows => Set<FeedRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<FeedRow>(row => row.ToTable("OmsFeed").Property(r => r.Id).ValueGeneratedNever());
}

/// <param name="Until">Ticks of UTC.</param>
sealed record FeedRow(int Id, string Reader, long Until, long? After);

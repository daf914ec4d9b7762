using System.Data.Common;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Crm;

/// <summary>Which of our things is which in the CRM, and who is working on it at the moment.</summary>
/// <remarks>
/// A claim is a row with a lease, as no database lock may be held while the CRM is asked. It works across processes, and survives one that was killed.
/// </remarks>
sealed class CrmLinks(IDbContextFactory<CrmContext> contexts, TimeProvider time) : IDisposable
{
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(25);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(400);

    readonly CommitLane<CrmContext> _lane = new(contexts);

    /// <summary>Does something about a subject that nobody else is doing anything about meanwhile. What it learns is kept, even if it fails.</summary>
    public async Task<T> Hold<T>(string subject, Func<CrmLink, CancellationToken, Task<T>> act, CancellationToken cancellation)
    {
        var link = await Claim(subject, cancellation);
        using var end = new CancellationTokenSource(Lease - Margin, time);
        using var held = CancellationTokenSource.CreateLinkedTokenSource(cancellation, end.Token);
        try
        {
            return await act(link, held.Token);
        }
        catch (OperationCanceledException late) when (end.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The CRM was too slow for the {subject}: what had to be done took more than {(Lease - Margin).TotalSeconds:0} s. " +
                "It may have acted; the message is tried again and looks first.", late);
        }
        finally
        {
            // Not with the caller's token: a claim that is not given back holds up the next one.
            link.HeldUntil = null;
            await Write(link, CancellationToken.None);
        }
    }

    /// <summary>Keeps what was learnt so far, before something is done that must not be forgotten.</summary>
    public async Task Keep(CrmLink link, CancellationToken cancellation)
    {
        if (await Write(link, cancellation) == 0)
        {
            throw new InvalidOperationException(
                $"This process was stopped for so long that another one took over the {link.Subject}. Nothing more is done here; the message is tried again.");
        }
    }

    /// <summary>The CRM's id of a subject, without claiming it. Only while something else is held.</summary>
    public async Task<string?> Find(string subject, CancellationToken cancellation) => (await _lane.Read(db => db.Query($"SELECT VendorId FROM CrmLinks WHERE Subject = {subject}", row => row.IsDBNull(0) ? null : row.GetString(0)), cancellation)).SingleOrDefault();

    /// <summary>The orders whose deals these are; those of others are left out.</summary>
    public Task<List<string>> OrdersOf(IReadOnlyCollection<string> dealIds, CancellationToken cancellation) => _lane.Read(
        db => dealIds.SelectMany(id => db.Query($"SELECT Subject FROM CrmLinks WHERE VendorId = {id} AND Subject LIKE {CrmLink.Deal + "%"}", row => row.GetString(0)[CrmLink.Deal.Length..])).ToList(),
        cancellation);

    public void Dispose() => _lane.Dispose();

    async Task<CrmLink> Claim(string subject, CancellationToken cancellation)
    {
        var holder = Guid.NewGuid();
        var started = time.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(25);
        while (true)
        {
            if (await TryClaim(subject, holder, cancellation) is { } link)
                return link;
            // Reading disturbs no writer: who waits must not slow down whom he waits for.
            while (await IsHeld(subject, cancellation)) await Wait();
        }

        async Task Wait()
        {
            if (time.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException(
                    $"The {subject} is being written to the CRM by another message for more than {Patience.TotalSeconds:0} s, or by a process that was " +
                    $"killed {Lease.TotalSeconds:0} s ago at most. Nothing was done; the message is tried again.");
            }

            await Task.Delay(pause, time, cancellation);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    Task<CrmLink?> TryClaim(string subject, Guid holder, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return _lane.Write(subject, db => db.Query(
            $"""
            INSERT INTO CrmLinks (Subject, AmountSequence, Holder, HeldUntil) VALUES ({subject}, 0, {holder}, {now + Lease})
            ON CONFLICT (Subject) DO UPDATE SET Holder = excluded.Holder, HeldUntil = excluded.HeldUntil WHERE CrmLinks.HeldUntil IS NULL OR CrmLinks.HeldUntil <= {now}
            RETURNING Subject, VendorId, AddStarted, AmountSequence, Holder, HeldUntil, Step, Amount, Currency, CorrectedOn, Corrections
            """, Read).SingleOrDefault(), cancellation);
    }

    Task<bool> IsHeld(string subject, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return _lane.Read(db => db.Query($"SELECT 1 FROM CrmLinks WHERE Subject = {subject} AND HeldUntil > {now}", _ => true).Count > 0, cancellation);
    }

    /// <returns>0 when somebody else holds the link by now.</returns>
    Task<int> Write(CrmLink link, CancellationToken cancellation) => _lane.Write(link.Subject, db => db.Execute(
        $"""
        UPDATE CrmLinks SET VendorId = {link.VendorId}, AddStarted = {link.AddStarted}, AmountSequence = {link.AmountSequence}, HeldUntil = {link.HeldUntil},
            Step = {(int?)link.Step}, Amount = {link.Amount}, Currency = {link.Currency}, CorrectedOn = {link.CorrectedOn}, Corrections = {link.Corrections}
        WHERE Subject = {link.Subject} AND Holder = {link.Holder}
        """), cancellation);

    static CrmLink Read(DbDataReader row) => new()
    {
        Subject = row.GetString(0),
        VendorId = row.IsDBNull(1) ? null : row.GetString(1),
        AddStarted = row.IsDBNull(2) ? null : new(row.GetInt64(2), TimeSpan.Zero),
        AmountSequence = row.GetInt32(3),
        Holder = row.IsDBNull(4) ? null : row.GetFieldValue<Guid>(4),
        HeldUntil = row.IsDBNull(5) ? null : new(row.GetInt64(5), TimeSpan.Zero),
        Step = row.IsDBNull(6) ? null : (DealStep)row.GetInt32(6),
        Amount = row.IsDBNull(7) ? null : row.GetDecimal(7),
        Currency = row.IsDBNull(8) ? null : row.GetString(8),
        CorrectedOn = row.IsDBNull(9) ? null : row.GetFieldValue<DateOnly>(9),
        Corrections = row.IsDBNull(10) ? null : row.GetInt32(10),
    };
}

/// <summary>The table behind <see cref="CrmLinks"/>.</summary>
sealed class CrmContext(DbContextOptions<CrmContext> options) : DbContext(options)
{
    public DbSet<CrmLink> Links => Set<CrmLink>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<CrmLink>(link =>
    {
        link.ToTable("CrmLinks").HasKey(l => l.Subject);
        link.HasIndex(l => l.VendorId);
    });
}

/// <summary>One of our things and its counterpart in the CRM.</summary>
sealed class CrmLink
{
    public const string Deal = "deal ";

    /// <summary>What it is, such as "deal A-1".</summary>
    public required string Subject { get; init; }

    /// <summary>The CRM's id, once there is one.</summary>
    public string? VendorId { get; set; }

    /// <summary>When the CRM was asked to add it, as long as it is not known what came of that.</summary>
    public DateTimeOffset? AddStarted { get; set; }

    /// <summary>Number of the event that the deal's amount came from.</summary>
    public int AmountSequence { get; set; }

    /// <summary>How far the hub has the deal; null for what is no deal, or was last written before this was kept.</summary>
    public DealStep? Step { get; set; }

    public decimal? Amount { get; set; }

    public string? Currency { get; set; }

    /// <summary>The day on which the deal was last put right after people had changed it, and how often on that day.</summary>
    public DateOnly? CorrectedOn { get; set; }

    public int? Corrections { get; set; }

    public Guid? Holder { get; set; }

    public DateTimeOffset? HeldUntil { get; set; }

    /// <summary>The deal as the events have it by now.</summary>
    public WantedDeal? Wanted => Step is { } step ? new(step, Amount is { } amount && Currency is { } currency ? new(amount, currency) : null) : null;

    public void Want(DealChange change)
    {
        if (Step is null || change.Step > Step)
            Step = change.Step;
        if (change.Amount is { } amount && change.Sequence >= AmountSequence)
            (Amount, Currency) = (amount.Amount, amount.Currency);
    }

    /// <summary>Counts it, if it is not too often.</summary>
    public bool MayCorrect(DateOnly today, int most)
    {
        var soFar = CorrectedOn == today ? Corrections ?? 0 : 0;
        if (soFar >= most)
            return false;

        (CorrectedOn, Corrections) = (today, soFar + 1);
        return true;
    }
}

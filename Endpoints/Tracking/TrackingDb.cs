using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Tracking;

/// <summary>The journeys of all orders, for reading; events write them.</summary>
sealed class TrackingDb(DbContextOptions<TrackingDb> options) : DbContext(options)
{
    public DbSet<JourneyRow> Journeys => Set<JourneyRow>();

    public DbSet<EntryRow> Entries => Set<EntryRow>();

    public DbSet<NotReachedRow> NotReached => Set<NotReachedRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<JourneyRow>(journey =>
        {
            journey.ToTable("Journeys").HasKey(row => row.OrderId);
            journey.HasIndex(row => row.TrackingId).IsUnique();
            // Of the queue alone, which seldom changes: PostgreSQL writes a row anew into every index if one of their columns has changed.
            journey.HasIndex(row => row.Queue).HasFilter("Queue IS NOT NULL").HasDatabaseName("IX_Journeys_Tasks");
        });
        modelBuilder.Entity<NotReachedRow>(failure =>
        {
            failure.ToTable("JourneyNotReached").HasKey(row => row.NotificationId);
            failure.HasIndex(row => row.OrderId);
        });
        modelBuilder.Entity<EntryRow>(entry => entry.ToTable("JourneyEntries").HasKey(row => new { row.OrderId, row.Sequence }));
    }
}

/// <summary>Where an order stands. No personal data.</summary>
sealed class JourneyRow
{
    public required string OrderId { get; init; }

    /// <summary>Null, like the next two, until the first event has come: others may overtake it.</summary>
    public string? Client { get; init; }

    public string? TrackingId { get; init; }

    public DateTimeOffset? PlacedAt { get; init; }

    /// <summary>The event from which the total is.</summary>
    public int TotalSequence { get; init; }

    public decimal? Total { get; init; }

    public string? Currency { get; init; }

    /// <summary>The highest seen; where the order stands is from that event.</summary>
    public int Sequence { get; init; }

    public string? Owner { get; init; }

    public string? Waiting { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The last event that opened or closed a task.</summary>
    public int TaskSequence { get; init; }

    /// <summary>Whose task the order is; null if it is nobody's.</summary>
    public string? Queue { get; init; }

    public string? Why { get; init; }

    /// <summary>The kind of the event with which the order ended; null while it is under way.</summary>
    public string? Ended { get; init; }

    public string? CancelledBecause { get; init; }
}

/// <summary>One thing that happened.</summary>
sealed class EntryRow
{
    public required string OrderId { get; init; }

    public int Sequence { get; init; }

    public DateTimeOffset At { get; init; }

    public required string Kind { get; init; }

    public required string Text { get; init; }

    public string? CustomerText { get; init; }
}

/// <summary>Something that the customer could not be told.</summary>
sealed class NotReachedRow
{
    public required string NotificationId { get; init; }

    public required string OrderId { get; init; }

    /// <summary>What it was about: "OrderShipped".</summary>
    public required string Subject { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What each channel said.</summary>
    public required string Why { get; init; }

    /// <summary>Who is to call; null where nobody is.</summary>
    public string? Queue { get; init; }

    public DateTimeOffset? CallBy { get; init; }

    /// <summary>When nobody needed to call any more; before <see cref="At"/>, it was about an earlier attempt.</summary>
    public DateTimeOffset? CallEndedAt { get; init; }

    /// <summary>How that came, in words.</summary>
    public string? HowCallEnded { get; init; }
}

using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Hooks;

/// <summary>The webhooks that were taken.</summary>
sealed class HookDb(DbContextOptions<HookDb> options) : DbContext(options)
{
    public DbSet<HookRow> Hooks => Set<HookRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<HookRow>(hook =>
    {
        hook.ToTable("TakenHooks").HasKey(row => row.Id);
        hook.HasIndex(row => new { row.Vendor, row.EventId }).IsUnique();
        hook.HasIndex(row => row.At);
    });
}

/// <summary>A webhook as it came first. It was handed on in the same commit.</summary>
sealed class HookRow
{
    public long Id { get; init; }

    public required string Vendor { get; init; }

    /// <summary>What the vendor calls it, or the hash of its body.</summary>
    public required string EventId { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Personal data.</summary>
    public required string Body { get; init; }
}

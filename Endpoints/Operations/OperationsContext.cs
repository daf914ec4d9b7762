using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Operations;

/// <summary>The table behind <see cref="OperationsLedger"/>.</summary>
public sealed class OperationsContext(DbContextOptions<OperationsContext> options) : DbContext(options)
{
    public DbSet<OperationRow> Operations => Set<OperationRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<OperationRow>(row =>
    {
        row.ToTable("Operations");
        row.HasIndex(o => o.OrderId);
        row.Property(o => o.State).HasConversion<string>();
    });
}

/// <summary>One row of the table Operations.</summary>
public sealed class OperationRow
{
    public required string Id { get; init; }

    public required string OrderId { get; init; }

    public required string System { get; init; }

    public required string Kind { get; init; }

    public required string Fingerprint { get; init; }

    public OperationState State { get; set; }

    public DateTimeOffset FirstCall { get; init; }

    public string? VendorId { get; set; }

    public string? Answer { get; set; }

    public string? AnswerType { get; set; }

    public DateTimeOffset? Finished { get; set; }

    internal Operation ToOperation() => new(Id, OrderId, System, Kind, State, FirstCall, VendorId, Answer) { AnswerType = AnswerType };
}

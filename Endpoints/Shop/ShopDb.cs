using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Shop;

/// <summary>What the shop endpoint keeps: the orders that it accepted, and the answers that it gave to keyed requests.</summary>
sealed class ShopDb(DbContextOptions<ShopDb> options) : DbContext(options)
{
    public DbSet<OrderRow> Orders => Set<OrderRow>();

    public DbSet<AnswerRow> Answers => Set<AnswerRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<OrderRow>(order =>
        {
            order.ToTable("ShopOrders").HasKey(row => row.OrderId);
            order.HasIndex(row => new { row.Client, row.PlacedAt, row.OrderId });
        });
        modelBuilder.Entity<AnswerRow>(answer =>
        {
            answer.ToTable("ShopAnswers").HasKey(row => row.Id);
            answer.HasIndex(row => new { row.Client, row.Endpoint, row.Key }).IsUnique();
            answer.HasIndex(row => row.At);
        });
    }
}

/// <summary>An accepted order. It never changes here: what becomes of it is the journey's business.</summary>
sealed class OrderRow
{
    public required string OrderId { get; init; }

    public required string Client { get; init; }

    public required string TrackingId { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    /// <summary>The accepted PlaceOrder as JSON. Personal data.</summary>
    public required string Content { get; init; }
}

/// <summary>The answer that a keyed request got.</summary>
sealed class AnswerRow
{
    public long Id { get; init; }

    public required string Client { get; init; }

    public required string Endpoint { get; init; }

    public required string Key { get; init; }

    /// <summary>Hash of the request that the key stands for.</summary>
    public required string Fingerprint { get; init; }

    public required string Location { get; init; }

    public required string Body { get; init; }

    public required DateTimeOffset At { get; init; }
}

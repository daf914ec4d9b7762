using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>The table behind <see cref="CustomerLease"/>. A row says who may call for a customer, and until when.</summary>
sealed class LeaseContext(DbContextOptions<LeaseContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<LeaseRow>(lease => lease.ToTable("LoyaltyLeases").HasKey(l => l.Customer));
}

/// <summary>One row of the table LoyaltyLeases.</summary>
/// <param name="Until">Milliseconds since 1970.</param>
sealed record LeaseRow(string Customer, string Holder, long Until);

using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>The table behind <see cref="CustomerLease"/>. A row says who may call for a customer, and until when.</summary>
sealed class LeaseContext(DbContextOptions<LeaseContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<LeaseRow>(lease => lease.ToTable("LoyaltyLeases").HasKey(l => l.Customer));

    /// <summary>Takes the lease if it is free or has run out. One statement, so two can't both succeed.</summary>
    public async Task<bool> Take(string customer, string holder, DateTimeOffset now, DateTimeOffset until) =>
        await Database.ExecuteSqlAsync(
            $"""
            INSERT INTO LoyaltyLeases (Customer, Holder, Until) VALUES ({customer}, {holder}, {until.ToUnixTimeMilliseconds()})
            ON CONFLICT (Customer) DO UPDATE SET Holder = excluded.Holder, Until = excluded.Until
            WHERE LoyaltyLeases.Until < {now.ToUnixTimeMilliseconds()}
            """) == 1;

    public async Task<bool> Renew(string customer, string holder, DateTimeOffset until) =>
        await Database.ExecuteSqlAsync(
            $"UPDATE LoyaltyLeases SET Until = {until.ToUnixTimeMilliseconds()} WHERE Customer = {customer} AND Holder = {holder}") == 1;

    public Task<int> GiveBack(string customer, string holder) =>
        Database.ExecuteSqlAsync($"DELETE FROM LoyaltyLeases WHERE Customer = {customer} AND Holder = {holder}");
}

/// <summary>One row of the table LoyaltyLeases.</summary>
/// <param name="Until">Milliseconds since 1970.</param>
sealed record LeaseRow(string Customer, string Holder, long Until);

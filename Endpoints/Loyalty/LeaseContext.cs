using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>The table behind <see cref="CustomerLease"/>. A row says who may call for a customer, and until when.</summary>
sealed class LeaseContext(DbContextOptions<LeaseContext> options) : DbContext(options)
{
    public Task CreateTable(CancellationToken cancellation) => Database.ExecuteSqlAsync(
        $"CREATE TABLE IF NOT EXISTS LoyaltyLeases (Customer TEXT NOT NULL PRIMARY KEY, Holder TEXT NOT NULL, Until INTEGER NOT NULL)", cancellation);

    /// <summary>Takes the lease if it is free or has run out. One statement, so two can't both succeed.</summary>
    public async Task<bool> Take(string customer, string holder, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellation) =>
        await Database.ExecuteSqlAsync(
            $"""
            INSERT INTO LoyaltyLeases (Customer, Holder, Until) VALUES ({customer}, {holder}, {until.ToUnixTimeMilliseconds()})
            ON CONFLICT (Customer) DO UPDATE SET Holder = excluded.Holder, Until = excluded.Until
            WHERE LoyaltyLeases.Until < {now.ToUnixTimeMilliseconds()}
            """, cancellation) == 1;

    public async Task<bool> Renew(string customer, string holder, DateTimeOffset until, CancellationToken cancellation) =>
        await Database.ExecuteSqlAsync(
            $"UPDATE LoyaltyLeases SET Until = {until.ToUnixTimeMilliseconds()} WHERE Customer = {customer} AND Holder = {holder}", cancellation) == 1;

    public Task GiveBack(string customer, string holder, CancellationToken cancellation) =>
        Database.ExecuteSqlAsync($"DELETE FROM LoyaltyLeases WHERE Customer = {customer} AND Holder = {holder}", cancellation);
}

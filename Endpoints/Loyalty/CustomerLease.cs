using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Calls for one customer never overlap, whatever process makes them: Loymax may lock up when they do.</summary>
/// <remarks>
/// A lease in a table and not a lock in the database: nothing is held there while a call runs. It is short and renewed,
/// so that the customers of a process that died wait seconds only.
/// </remarks>
sealed partial class CustomerLease(IDbContextFactory<LeaseContext> contexts, TimeProvider time, ILogger<CustomerLease> logger) : IDisposable
{
    static readonly TimeSpan Length = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Renewal = TimeSpan.FromSeconds(4);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Within the process one waits here, in order; only the first in line asks the table.
    // A few customers share a place, which costs them a wait and nothing else.
    readonly SemaphoreSlim[] _places = [.. Enumerable.Range(0, 512).Select(_ => new SemaphoreSlim(1))];
    readonly CommitLane<LeaseContext> _lane = new(contexts);

    /// <summary>Does the work while nobody else works for this customer.</summary>
    /// <param name="work">Gets a token that also ends when the lease is lost.</param>
    /// <exception cref="TimeoutException">Somebody else works for the customer for too long: nothing was done.</exception>
    public async Task<T> Hold<T>(string card, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        // Cards and phone numbers are personal data: the table needs only to tell them apart.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(card));
        var customer = Convert.ToHexStringLower(hash);
        var place = _places[BitConverter.ToUInt16(hash) % _places.Length];
        if (!await place.WaitAsync(Patience, cancellation))
            throw Busy();

        try
        {
            var holder = Guid.NewGuid().ToString("N");
            await Take(customer, holder, cancellation);
            try
            {
                return await Renewing(customer, holder, work, cancellation);
            }
            finally
            {
                await GiveBack(customer, holder);
            }
        }
        finally
        {
            place.Release();
        }
    }

    public void Dispose()
    {
        foreach (var place in _places)
            place.Dispose();
        _lane.Dispose();
    }

    async Task Take(string customer, string holder, CancellationToken cancellation)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            if (await _lane.Write(customer, db => Take(db, customer, holder, time.GetUtcNow()), cancellation))
                return;
            if (time.GetElapsedTime(start) > Patience)
                throw Busy();
            await Task.Delay(Pause, time, cancellation);
        }
    }

    async Task<T> Renewing<T>(string customer, string holder, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var held = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var renewing = Renew(customer, holder, held, done.Token);
        try
        {
            return await work(held.Token);
        }
        catch (OperationCanceledException) when (held.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                "The lease on a loyalty customer was lost while Loymax was being asked, because the database could not be reached in time. " +
                "Loymax may have acted: the message is tried again with the same operation id.");
        }
        finally
        {
            await done.CancelAsync();
            await renewing;
        }
    }

    async Task Renew(string customer, string holder, CancellationTokenSource held, CancellationToken done)
    {
        using var timer = new PeriodicTimer(Renewal, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                if (!await _lane.Write(customer, db => Renew(db, customer, holder, time.GetUtcNow() + Length), done))
                {
                    await held.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            // The work is done.
        }
        catch (Exception failure) when (!done.IsCancellationRequested)
        {
            LeaseNotRenewed(failure);
            await held.CancelAsync();
        }
    }

    async Task GiveBack(string customer, string holder)
    {
        try
        {
            await _lane.Write(customer, db => db.Execute($"DELETE FROM LoyaltyLeases WHERE Customer = {customer} AND Holder = {holder}"), CancellationToken.None);
        }
        catch (Exception failure) when (failure is DbUpdateException or System.Data.Common.DbException)
        {
            // The work is done and its result counts; the lease runs out by itself.
            LeaseNotGivenBack(failure);
        }
    }

    /// <summary>Takes the lease if it is free or has run out. One statement, so two can't both succeed.</summary>
    internal static bool Take(PreparedStatements db, string customer, string holder, DateTimeOffset now) => db.Execute(
        $"""
        INSERT INTO LoyaltyLeases (Customer, Holder, Until) VALUES ({customer}, {holder}, {(now + Length).ToUnixTimeMilliseconds()})
        ON CONFLICT (Customer) DO UPDATE SET Holder = excluded.Holder, Until = excluded.Until
        WHERE LoyaltyLeases.Until < {now.ToUnixTimeMilliseconds()}
        """) == 1;

    static bool Renew(PreparedStatements db, string customer, string holder, DateTimeOffset until) => db.Execute(
        $"UPDATE LoyaltyLeases SET Until = {until.ToUnixTimeMilliseconds()} WHERE Customer = {customer} AND Holder = {holder}") == 1;

    static TimeoutException Busy() => new(
        $"Another call for the same loyalty customer did not end within {Patience.TotalSeconds:0} s. Loymax was not asked; the message is tried again.");

    [LoggerMessage(LogLevel.Warning, "The lease on a loyalty customer was not renewed; the work under it was cancelled and will be tried again.")]
    partial void LeaseNotRenewed(Exception failure);

    [LoggerMessage(LogLevel.Warning, "The lease on a loyalty customer was not given back; it runs out by itself within seconds.")]
    partial void LeaseNotGivenBack(Exception failure);
}

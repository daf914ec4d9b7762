namespace Dovetail.Bus.Sql.Servers;

/// <summary>Has the claims of one receiver last longer.</summary>
sealed class Renewals(ServerQueues queues, QueueTable queue, TimeProvider time)
{
    readonly TimeSpan _lease = queues.Settings.Lease;
    bool _underway;

    /// <summary>Does nothing while the last time is still under way.</summary>
    /// <remarks>Waits for nobody: one that is just being ended need not be renewed, and its commit may wait for what somebody else has locked.</remarks>
    public async Task RenewAll(IReadOnlyList<Held.Lease> leases)
    {
        if (Interlocked.Exchange(ref _underway, true)) return;
        try
        {
            var began = time.GetTimestamp();
            var answers = await Task.WhenAll(leases.Select(lease => Ask(queue.RenewFree, lease)));
            foreach (var (lease, isRenewed) in leases.Zip(answers))
            {
                if (isRenewed) lease.Renewed(began, _lease);
            }
        }
        finally
        {
            Volatile.Write(ref _underway, false);
        }
    }

    /// <summary>For a lease that may have ended, as when the database was away: it goes on if nobody else has the message.</summary>
    public async Task<bool> Renew(Held.Lease lease)
    {
        var began = time.GetTimestamp();
        var isRenewed = await Ask(queue.Renew, lease);
        if (isRenewed) lease.Confirmed(began);
        else lease.Ended();
        return isRenewed;
    }

    async Task<bool> Ask(StatementText renew, Held.Lease lease) =>
        (await queues.Database.Claim(renew.With(lease.Id, lease.Token, (long)_lease.TotalMilliseconds), row => row.GetGuid(0))).Count > 0;
}

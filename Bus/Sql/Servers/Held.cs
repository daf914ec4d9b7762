using System.Collections.Concurrent;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>The claims that one receiver has, and must renew.</summary>
sealed class Held
{
    readonly ConcurrentDictionary<Guid, Lease> _leases = new();

    public IReadOnlyList<Lease> All => [.. _leases.Values];

    public Guid[] Ids => [.. _leases.Keys];

    /// <param name="since">When the claim was on its way.</param>
    public Lease Add(QueueTable queue, Guid id, Guid token, long since, TimeProvider time)
    {
        var lease = new Lease(this, queue, id, token, since, time);
        _leases[id] = lease;
        return lease;
    }

    /// <summary>What a claim is known by while this process holds it.</summary>
    internal sealed class Lease(Held held, QueueTable queue, Guid id, Guid token, long since, TimeProvider time)
    {
        long _since = since;

        public QueueTable Queue => queue;

        public Guid Id => id;

        public Guid Token => token;

        /// <summary>True while nobody else can have the message, as the clock here goes; later somebody may.</summary>
        public bool Lasts(TimeSpan duration) => time.GetElapsedTime(Volatile.Read(ref _since)) < duration;

        /// <summary>It lasts anew, if it had not ended before the database heard of it.</summary>
        /// <param name="since">When that was on its way.</param>
        public void Renewed(long since, TimeSpan duration)
        {
            if (Lasts(duration)) Volatile.Write(ref _since, since);
        }

        /// <summary>The database has renewed it, and says so.</summary>
        /// <param name="since">When that was on its way.</param>
        public void Confirmed(long since) => Volatile.Write(ref _since, since);

        /// <summary>It need not be renewed any more.</summary>
        public void Ended() => held._leases.TryRemove(KeyValuePair.Create(id, this));

        /// <summary>Ends the message within whatever transaction, which fails if somebody else has it by now.</summary>
        public Statement End(ServerDialect dialect) => queue.End.With(id, token) with
        {
            Refused = failure =>
            {
                if (dialect.Sort(failure) != Fault.Mismatch) return null;
                Ended();
                return new LeaseLostException(id.ToString());
            },
        };
    }
}

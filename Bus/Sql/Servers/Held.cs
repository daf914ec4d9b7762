using System.Collections.Concurrent;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>The claims that one receiver has, and must renew.</summary>
sealed class Held
{
    readonly ConcurrentDictionary<Guid, Lease> _leases = new();

    public IReadOnlyList<Lease> All => [.. _leases.Values];

    public Guid[] Ids => [.. _leases.Keys];

    public Lease Add(QueueTable queue, Guid id, Guid token)
    {
        var lease = new Lease(this, queue, id, token);
        _leases[id] = lease;
        return lease;
    }

    /// <summary>What a claim is known by while this process holds it.</summary>
    internal sealed class Lease(Held held, QueueTable queue, Guid id, Guid token)
    {
        public QueueTable Queue => queue;

        public Guid Id => id;

        public Guid Token => token;

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

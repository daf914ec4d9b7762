using System.Runtime.InteropServices;
using Dovetail.Bus.Receiving;

namespace Dovetail.Bus.Sagas;

/// <summary>Queues messages for one saga instance inside this process, so that conflicts in the store stay rare.</summary>
sealed class SagaLocks
{
    readonly Dictionary<(string Saga, string Key), Entry> _entries = [];

    public async Task<IDisposable> Enter(string saga, string key, CancellationToken cancellation)
    {
        Entry entry;
        lock (_entries)
        {
            ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, (saga, key), out _);
            entry = found ??= new Entry();
            entry.Users++;
        }
        try
        {
            await entry.Gate.Take(cancellation);
        }
        catch
        {
            Leave(saga, key, entry);
            throw;
        }
        return new Holder(this, saga, key, entry);
    }

    void Leave(string saga, string key, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Users > 0) return;
            _entries.Remove((saga, key));
            entry.Gate.Dispose();
        }
    }

    sealed class Entry
    {
        public Slots Gate { get; } = new(1);

        public int Users { get; set; }
    }

    sealed class Holder(SagaLocks locks, string saga, string key, Entry entry) : IDisposable
    {
        public void Dispose()
        {
            entry.Gate.Release();
            locks.Leave(saga, key, entry);
        }
    }
}

using System.Collections.Concurrent;

namespace Dovetail.Endpoints.Tracking.Live;

/// <summary>Tells the open streams of this process that an entry is about to be committed.</summary>
sealed class JourneySignals
{
    readonly Dictionary<string, List<Follower>> _followers = new(StringComparer.Ordinal);
    readonly Lock _gate = new();

    public void Announce(string orderId, int sequence)
    {
        lock (_gate)
        {
            foreach (var follower in _followers.GetValueOrDefault(orderId) ?? []) follower.Hear(sequence);
        }
    }

    public Follower Follow(string orderId)
    {
        lock (_gate)
        {
            var follower = new Follower(this, orderId);
            if (!_followers.TryGetValue(orderId, out var others)) _followers.Add(orderId, others = []);
            others.Add(follower);
            return follower;
        }
    }

    void Leave(Follower follower)
    {
        lock (_gate)
        {
            var others = _followers[follower.OrderId];
            others.Remove(follower);
            if (others.Count == 0) _followers.Remove(follower.OrderId);
        }
    }

    /// <summary>One stream that waits for news of one order.</summary>
    internal sealed class Follower(JourneySignals signals, string orderId) : IDisposable
    {
        readonly ConcurrentQueue<int> _heard = [];
        TaskCompletionSource _news = New();

        public string OrderId => orderId;

        public void Hear(int sequence)
        {
            _heard.Enqueue(sequence);
            Volatile.Read(ref _news).TrySetResult();
        }

        /// <summary>Ends with the next announcement, or when the time is over.</summary>
        public async Task Wait(TimeSpan most, TimeProvider time, CancellationToken cancellation)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(_news.Task, Task.Delay(most, time, patience.Token));
            await patience.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }

        /// <summary>What was announced since the last call.</summary>
        public IEnumerable<int> Heard()
        {
            // First the new bell, then the queue: what rings in between is in the queue, or rings again.
            if (_news.Task.IsCompleted) Volatile.Write(ref _news, New());
            while (_heard.TryDequeue(out var sequence)) yield return sequence;
        }

        public void Dispose() => signals.Leave(this);

        static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

using System.Collections.Concurrent;

namespace Dovetail.Endpoints.Live;

/// <summary>Tells those in this process who follow a subject, such as an order, that an entry of it is about to be committed.</summary>
sealed class Signals
{
    readonly Dictionary<string, List<Follower>> _followers = new(StringComparer.Ordinal);
    readonly Lock _gate = new();

    public void Announce(string subject, int sequence)
    {
        lock (_gate)
        {
            foreach (var follower in _followers.GetValueOrDefault(subject) ?? []) follower.Hear(sequence);
        }
    }

    public Follower Follow(string subject)
    {
        lock (_gate)
        {
            var follower = new Follower(this, subject);
            if (!_followers.TryGetValue(subject, out var others)) _followers.Add(subject, others = []);
            others.Add(follower);
            return follower;
        }
    }

    void Leave(Follower follower)
    {
        lock (_gate)
        {
            var others = _followers[follower.Subject];
            others.Remove(follower);
            if (others.Count == 0) _followers.Remove(follower.Subject);
        }
    }

    /// <summary>One who waits for news of one subject.</summary>
    internal sealed class Follower(Signals signals, string subject) : IDisposable
    {
        readonly ConcurrentQueue<int> _heard = [];
        TaskCompletionSource _news = New();

        public string Subject => subject;

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

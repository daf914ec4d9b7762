namespace Dovetail.Bus.Platform;

/// <summary>Values of one metric that wait to be sent. Noting one costs a lock and a copy, and never waits for anybody.</summary>
sealed class MetricBuffer(string metric, TimeProvider time)
{
    /// <summary>As many go into one message.</summary>
    public const int Block = 2048;

    /// <summary>Further values are left out: whoever can't be reached must not fill the memory.</summary>
    const int Most = 2 * Block;

    /// <summary>Within one message times are told as ticks since the first, in four bytes.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    readonly Lock _gate = new();
    readonly Queue<MetricValue> _values = [];
    TaskCompletionSource _blockIsFull = New();

    public string Metric => metric;

    public void Note(long value, string tag)
    {
        lock (_gate)
        {
            if (_values.Count == Most) return;
            _values.Enqueue(new MetricValue(time.GetUtcNow(), tag, value));
            if (_values.Count == Block) _blockIsFull.TrySetResult();
        }
    }

    /// <summary>Waits until a message can be filled, or until the interval has passed.</summary>
    public async Task Wait(TimeSpan interval, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var passed = Task.Delay(interval, time, enough.Token);
        await Task.WhenAny(_blockIsFull.Task, passed);
        enough.Cancel();
    }

    /// <returns>The oldest, at most as many as go into one message; none if nothing waits.</returns>
    public IReadOnlyList<MetricValue> Take()
    {
        lock (_gate)
        {
            var taken = new List<MetricValue>(Math.Min(Block, _values.Count));
            while (taken.Count < Block && _values.TryPeek(out var value) && (taken.Count == 0 || value.At - taken[0].At < Longest)) taken.Add(_values.Dequeue());
            if (_values.Count < Block && _blockIsFull.Task.IsCompleted) _blockIsFull = New();
            return taken;
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <param name="Tag">What was measured: the types of a message, or a queue.</param>
readonly record struct MetricValue(DateTimeOffset At, string Tag, long Value);

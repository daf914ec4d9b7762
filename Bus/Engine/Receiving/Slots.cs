namespace Dovetail.Bus.Receiving;

/// <summary>So many at a time; the rest wait in line.</summary>
/// <remarks>Whoever waited goes on where it was awaiting. A SemaphoreSlim goes on in the thread pool, which a simulation with a scheduler of its own could not follow.</remarks>
sealed class Slots(int free) : IDisposable
{
    readonly Queue<TaskCompletionSource> _line = [];
    int _free = free;

    public bool TryTake()
    {
        lock (_line)
        {
            if (_free == 0) return false;
            _free--;
            return true;
        }
    }

    public Task Take(CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled(cancellation);
        TaskCompletionSource waiting;
        lock (_line)
        {
            if (_free > 0)
            {
                _free--;
                return Task.CompletedTask;
            }
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _line.Enqueue(waiting);
        }
        return cancellation.CanBeCanceled ? Wait(waiting, cancellation) : waiting.Task;
    }

    public void Release(int count = 1)
    {
        lock (_line)
        {
            for (; count > 0; count--)
            {
                if (!Serve()) _free++;
            }
        }
    }

    /// <summary>Calls off whoever still waits.</summary>
    public void Dispose()
    {
        lock (_line)
        {
            while (_line.TryDequeue(out var waiting)) waiting.TrySetCanceled();
        }
    }

    static async Task Wait(TaskCompletionSource waiting, CancellationToken cancellation)
    {
        using var calledOff = cancellation.UnsafeRegister(static (waiting, token) => ((TaskCompletionSource)waiting!).TrySetCanceled(token), waiting);
        await waiting.Task;
    }

    bool Serve()
    {
        // Whoever gave up stands in line until its turn, and is passed over.
        while (_line.TryDequeue(out var next))
        {
            if (next.TrySetResult()) return true;
        }
        return false;
    }
}

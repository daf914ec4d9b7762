namespace Dovetail.Bus;

/// <summary>Measures something for a gauge, which can't wait: it tells what is known, and asks anew once that is some seconds old, however many listen and however often.</summary>
sealed class Probe<T>(Func<Task<T?>> ask, TimeProvider time) where T : struct
{
    static readonly TimeSpan StaysFresh = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    Task _asked = Task.CompletedTask;
    long? _askedAt;
    T? _last;

    public T? Read()
    {
        lock (_gate)
        {
            if (_asked.IsCompleted && (_askedAt is not { } at || time.GetElapsedTime(at) >= StaysFresh))
            {
                _askedAt = time.GetTimestamp();
                _asked = Ask();
            }
            return _last;
        }
    }

    async Task Ask()
    {
        try
        {
            _last = await ask();
        }
        catch (Exception)
        {
            // An old figure would be worse than none; why it can't be had is told by whoever needs it.
            _last = null;
        }
    }
}

using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Oms;

/// <summary>Lets as many requests a second through to RetailCRM as the account allows; the others wait their turn.</summary>
/// <remarks>The limiters of the framework count by a timer, which runs late under load and then lets too many through.</remarks>
sealed class RetailCrmPace(IOptions<RetailCrmOptions> options, TimeProvider time) : IDisposable
{
    // A little over a second: requests do not all travel equally fast.
    static readonly TimeSpan Window = TimeSpan.FromSeconds(1.05);

    readonly SemaphoreSlim _gate = new(1);
    readonly Queue<long> _latest = new();

    public async Task Turn(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_latest.Count == options.Value.RequestsPerSecond)
            {
                while (Window - time.GetElapsedTime(_latest.Peek()) is var pause && pause > TimeSpan.Zero)
                    await Task.Delay(pause, time, cancellation);
                _latest.Dequeue();
            }

            _latest.Enqueue(time.GetTimestamp());
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}

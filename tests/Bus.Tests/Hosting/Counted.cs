using System.Diagnostics.Metrics;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What one of the engine's counters counted for one tag's value, from now on. Other tests count too: take a value of the test's own.</summary>
sealed class Counted : IDisposable
{
    readonly MeterListener _listener = new();
    long _sum;

    public Counted(string instrument, string tag, string value)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Name == instrument) listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<long>((_, measured, tags, _) =>
        {
            foreach (var each in tags)
            {
                if (each.Key == tag && Equals(each.Value, value)) Interlocked.Add(ref _sum, measured);
            }
        });
        _listener.Start();
    }

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}

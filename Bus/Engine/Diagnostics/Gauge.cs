using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Dovetail.Bus;

/// <summary>A figure of many things, each measured whenever somebody listens.</summary>
sealed class Gauge<T> where T : struct
{
    readonly ConcurrentDictionary<Probe<T>, KeyValuePair<string, object?>[]> _probes = new();

    public Gauge(Meter meter, string name, string? unit, string description) => meter.CreateObservableGauge(name, Read, unit, description);

    /// <summary>Measures one thing until the result is disposed of.</summary>
    /// <param name="ask">Null if there is nothing to tell. Asked rarely, but while an exporter waits: it must be cheap however much there is.</param>
    public IDisposable Watch(Func<Task<T?>> ask, TimeProvider time, params KeyValuePair<string, object?>[] tags)
    {
        var probe = new Probe<T>(ask, time);
        _probes[probe] = tags;
        return new Watched(this, probe);
    }

    IEnumerable<Measurement<T>> Read()
    {
        foreach (var (probe, tags) in _probes)
        {
            if (probe.Read() is { } known) yield return new Measurement<T>(known, tags);
        }
    }

    sealed class Watched(Gauge<T> gauge, Probe<T> probe) : IDisposable
    {
        public void Dispose() => gauge._probes.TryRemove(probe, out _);
    }
}

using Dovetail.Bus.Configuration;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus;

/// <summary>What can be measured of one endpoint at any moment: its queues, its outbox, its sagas.</summary>
sealed class EndpointGauges : IDisposable
{
    readonly List<IDisposable> _watched = [];

    public EndpointGauges(EndpointSettings settings, IEnumerable<string> queues, ITransport transport, IStore store, TimeProvider time)
    {
        foreach (var queue in queues) _watched.Add(BusMeter.QueueLength.Watch(async () => await transport.Waiting(queue, CancellationToken.None), time, KeyValuePair.Create("nservicebus.queue", (object?)queue)));

        var endpoint = KeyValuePair.Create("dovetail.endpoint", (object?)settings.EndpointName);
        _watched.Add(BusMeter.OutboxBacklog.Watch(async () => (await store.MeasureOutbox(CancellationToken.None)).Commits, time, endpoint));
        _watched.Add(BusMeter.OutboxAge.Watch(async () => Age((await store.MeasureOutbox(CancellationToken.None)).Oldest), time, endpoint));
        foreach (var saga in settings.Sagas)
            _watched.Add(BusMeter.SagaAge.Watch(async () => Age(await store.FindOldestSaga(saga, CancellationToken.None)), time, endpoint, KeyValuePair.Create("dovetail.saga", (object?)saga.Name)));

        double? Age(DateTimeOffset? since) => since is { } moment ? Math.Max(0, (time.GetUtcNow() - moment).TotalSeconds) : null;
    }

    public void Dispose()
    {
        foreach (var watched in _watched) watched.Dispose();
    }
}

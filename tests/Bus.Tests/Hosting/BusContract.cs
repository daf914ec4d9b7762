using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>A transport and a store together, as contracts need them.</summary>
interface IBusUnderTest : IDisposable
{
    TransportDefinition Transport();

    RoutingSettings Use(EndpointConfiguration endpoint);

    /// <summary>How many messages are in the queue, those in hand included.</summary>
    long Waiting(ITransport transport, string queue);
}

/// <summary>What the contracts of endpoints and sagas have in common: scenarios on a real transport and store.</summary>
public abstract class BusContract(TestContext test) : IDisposable
{
    protected const int Limit = 60_000;

    IBusUnderTest? _bus;

    protected CancellationToken Cancellation => test.CancellationToken;

    internal IBusUnderTest Bus => _bus ??= CreateBus();

    public void Dispose()
    {
        _bus?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract IBusUnderTest CreateBus();

    internal Task<Scenario> Start(params (string Name, Action<EndpointConfiguration, RoutingSettings> Configure)[] endpoints) => Scenario.Start(Bus, endpoints, Cancellation);

    internal ITransport Open() => Bus.Transport().Create(new TransportContext("Test", TimeProvider.System, NullLoggerFactory.Instance));

    internal async Task<IReadOnlyList<ReceivedMessage>> Take(ITransport transport, string queue, int count)
    {
        await transport.CreateQueues([queue], Cancellation);
        await using var receiver = transport.Receive(queue);
        var taken = new List<ReceivedMessage>();
        while (taken.Count < count) taken.AddRange(await receiver.Take(count - taken.Count, Cancellation));
        return taken;
    }

    internal async Task<ReceivedMessage> Parked()
    {
        await using var transport = Open();
        return (await Take(transport, "error", 1)).Single();
    }

    /// <summary>Waits until nothing is left in the queue, but for messages whose handlers the test itself holds up.</summary>
    protected async Task Settled(string queue, int besides = 0)
    {
        await using var transport = Open();
        while (Bus.Waiting(transport, queue) > besides) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }
}

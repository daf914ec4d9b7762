using System.Text;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>A transport and a store together, as contracts need them.</summary>
interface IBusUnderTest : IDisposable
{
    TransportDefinition Transport();

    RoutingSettings Use(EndpointConfiguration endpoint);

    /// <summary>A queue as it stands in headers.</summary>
    string Address(string queue) => queue;

    /// <summary>How many messages are in the queue, those in hand included.</summary>
    long Waiting(ITransport transport, string queue);

    /// <summary>False where the transport goes by the message's own id.</summary>
    bool HasIdsOfItsOwn => true;

    /// <summary>True for a broker that counts as an attempt whatever came back to the queue, begun or not.</summary>
    bool CountsWhatCameBack => false;

    /// <summary>What a finder of this store does: the instance of its saga in whose state a property has this value.</summary>
    Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        throw new NotSupportedException($"{GetType().Name} serves no finders.");
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

    /// <summary>One endpoint.</summary>
    internal Task<Scenario> Start(string name, Action<EndpointConfiguration> configure) => Start((name, (endpoint, _) => configure(endpoint)));

    /// <summary>One endpoint, with services of the test's own in its host.</summary>
    internal Task<Scenario> Start(Action<IServiceCollection> services, string name, Action<EndpointConfiguration> configure) =>
        Scenario.Start(Bus, [(name, (endpoint, _) => configure(endpoint))], Cancellation, services);

    internal ITransport Open(TimeProvider? time = null) => Bus.Transport().Create(new TransportContext("Test", time ?? TimeProvider.System, NullLoggerFactory.Instance));

    /// <summary>Creates queues that nobody reads but the test.</summary>
    internal async Task CreateQueues(params string[] queues)
    {
        await using var transport = Open();
        await transport.CreateQueues(queues, Cancellation);
    }

    /// <summary>The message that comes next out of a queue that nobody else reads.</summary>
    internal async Task<ReceivedMessage> Next(string queue, TimeProvider? time = null)
    {
        await using var transport = Open(time);
        await transport.CreateQueues([queue], Cancellation);
        await using var receiver = transport.Receive(queue);
        var message = (await receiver.Take(1, Cancellation)).Single();
        await receiver.Settle(message, Cancellation);
        return message;
    }

    /// <summary>Puts a message into a queue as it would come from anywhere.</summary>
    internal async Task Inject(string queue, Dictionary<string, string> headers, string body = "{}")
    {
        await using var transport = Open();
        await transport.CreateQueues([queue], Cancellation);
        await transport.Send([new OutgoingOperation(headers.GetValueOrDefault(Headers.MessageId) ?? "", headers, Encoding.UTF8.GetBytes(body), new Target.Queue(queue))], Cancellation);
    }

    /// <summary>The headers that a message of the type needs at least.</summary>
    internal static Dictionary<string, string> HeadersOf<T>(string id) => new(StringComparer.Ordinal)
    {
        [Headers.MessageId] = id,
        [Headers.MessageIntent] = nameof(MessageIntent.Send),
        [Headers.ContentType] = "application/json",
        [Headers.EnclosedMessageTypes] = typeof(T).AssemblyQualifiedName!,
    };

    internal async Task<long> Waiting(string queue)
    {
        await using var transport = Open();
        return Bus.Waiting(transport, queue);
    }

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

using System.Text;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <param name="Way">Where it went, and by which exchange and routing keys, in the words of the captures.</param>
sealed record TracedMessage(string Way, RawMessage Message);

/// <summary>What the broker's tracer tells of what it was given and of what it hands out: the witness from whom the captures are. A tap sees neither what comes back to a queue nor what the broker adds.</summary>
sealed class BrokerTrace : IAsyncDisposable
{
    readonly RawBroker _raw;
    readonly string _virtualHost;

    BrokerTrace(RawBroker raw, string virtualHost) => (_raw, _virtualHost) = (raw, virtualHost);

    public static async Task<BrokerTrace> Start(RawBroker raw, string virtualHost)
    {
        await VirtualHosts.Trace(virtualHost, isOn: true);
        return new BrokerTrace(raw, virtualHost);
    }

    /// <returns>A queue for what is published to the exchange from now on.</returns>
    public Task<string> Published(string exchange, CancellationToken cancellation) => _raw.Tap("amq.rabbitmq.trace", cancellation, $"publish.{exchange}");

    /// <returns>A queue for what is delivered from that queue from now on.</returns>
    public Task<string> Delivered(string queue, CancellationToken cancellation) => _raw.Tap("amq.rabbitmq.trace", cancellation, $"deliver.{queue}");

    /// <summary>The next that was told to a queue of the tracer.</summary>
    public async Task<TracedMessage> Next(string told, CancellationToken cancellation)
    {
        var got = await _raw.Get(told, cancellation);
        var facts = got.BasicProperties.Headers!;
        var properties = (IDictionary<string, object?>)facts["properties"]!;
        var (exchange, keys) = (Text(facts["exchange_name"]), ((IList<object?>)facts["routing_keys"]!).Select(Text).ToList());
        var way = got.RoutingKey.Split('.', 2) is ["deliver", var queue]
            ? $"deliver from queue \"{queue}\"  exchange_name='{exchange}' routing_keys=['{string.Join("', '", keys)}'] redelivered=int32:{facts["redelivered"]}"
            : $"publish to exchange \"{exchange}\"  exchange_name='{exchange}' routing_keys=['{string.Join("', '", keys)}']";
        return new TracedMessage(way, new RawMessage(
            keys[0], properties.Where(property => property.Key != "headers").ToDictionary(property => property.Key, property => Text(property.Value)),
            RawBroker.HeadersOf((IDictionary<string, object?>?)properties["headers"]), got.Body.ToArray()));
    }

    public async ValueTask DisposeAsync() => await VirtualHosts.Trace(_virtualHost, isOn: false);

    static string Text(object? value) => value is byte[] text ? Encoding.UTF8.GetString(text) : $"{value}";
}

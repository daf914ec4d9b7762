using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using Dovetail.Bus.RabbitMQ.Connections;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Topology;

/// <summary>
/// The queues in which delayed messages wait: level n holds them for two to the n seconds. A message's delay in binary says at which levels it waits;
/// it enters at the highest, passes those below whose digit is zero, and leaves the last to whoever has its address.
/// </summary>
static class DelayInfrastructure
{
    const int Levels = 28;
    const string Delivery = "nsb.v2.delay-delivery";

    // All endpoints of a process share one set a virtual host, and it is large.
    static readonly ConcurrentDictionary<(string Host, int Port, string VirtualHost), bool> Made = new();

    /// <summary>About eight and a half years.</summary>
    public const long MostSeconds = (1L << Levels) - 1;

    public static string DeliveryExchange => Delivery;

    /// <summary>The last binding of a message's way.</summary>
    public static string BindingKey(string address) => $"#.{address}";

    public static string Level(int level) => string.Create(CultureInfo.InvariantCulture, $"nsb.v2.delay-level-{level:D2}");

    /// <summary>The exchange at which a message enters, and the key that leads it through.</summary>
    public static (string Exchange, string Key) Way(int seconds, string address)
    {
        var key = string.Create((2 * Levels) + address.Length, (seconds, address), static (text, delay) =>
        {
            for (var level = Levels - 1; level >= 0; level--)
            {
                var place = 2 * (Levels - 1 - level);
                text[place] = (delay.seconds >> level & 1) == 1 ? '1' : '0';
                text[place + 1] = '.';
            }
            delay.address.CopyTo(text[(2 * Levels)..]);
        });
        return (Level(seconds == 0 ? 0 : BitOperations.Log2((uint)seconds)), key);
    }

    /// <summary>Creates what is missing. Nothing is waited for until the end: the broker works through it in order.</summary>
    public static async Task Make(IChannel channel, BrokerAddress broker, CancellationToken cancellation)
    {
        if (Made.ContainsKey((broker.Host, broker.Port, broker.VirtualHost))) return;
        for (var level = Levels - 1; level >= 0; level--)
        {
            var next = level == 0 ? Delivery : Level(level - 1);
            await channel.ExchangeDeclareAsync(Level(level), ExchangeType.Topic, durable: true, autoDelete: false, null, passive: false, noWait: true, cancellation);
            await channel.QueueDeclareAsync(Level(level), durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-dead-letter-strategy"] = "at-least-once",
                ["x-overflow"] = "reject-publish",
                ["x-message-ttl"] = (1L << level) * 1000,
                ["x-dead-letter-exchange"] = next,
            }, passive: false, noWait: true, cancellation);
            await channel.QueueBindAsync(Level(level), Level(level), Digit(level, '1'), null, noWait: true, cancellation);
        }
        for (var level = Levels - 1; level >= 1; level--) await channel.ExchangeBindAsync(Level(level - 1), Level(level), Digit(level, '0'), null, noWait: true, cancellation);
        await channel.ExchangeDeclareAsync(Delivery, ExchangeType.Topic, durable: true, autoDelete: false, null, passive: false, noWait: true, cancellation);
        await channel.ExchangeBindAsync(Delivery, Level(0), Digit(0, '0'), null, noWait: false, cancellation);
        Made[(broker.Host, broker.Port, broker.VirtualHost)] = true;
    }

    /// <summary>All keys with this digit at the level.</summary>
    static string Digit(int level, char digit) => string.Concat(Enumerable.Repeat("*.", Levels - 1 - level)) + digit + ".#";
}

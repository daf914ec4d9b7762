using System.Collections.Concurrent;
using NServiceBus;
using NServiceBus.Testing;

namespace Dovetail.Bus.Testing.Kit;

/// <summary>What was sent, in order. A saga's timeout is kept twice, as a message and as a timeout. May be written by several tasks at once.</summary>
sealed class SentMessages
{
    readonly ConcurrentQueue<SentMessage<object>> _all = [];
    readonly ConcurrentQueue<TimeoutMessage<object>> _timeouts = [];

    public SentMessage<object>[] All => [.. _all];

    public TimeoutMessage<object>[] Timeouts => [.. _timeouts];

    public Task Add(object message, SendOptions options)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(options);
        _all.Enqueue(new(message, options));
        if (options.GetHeaders().ContainsKey(Headers.IsSagaTimeoutMessage))
            _timeouts.Enqueue(options.GetDeliveryDate() is { } at ? new(message, options, at) : new(message, options, options.GetDeliveryDelay() ?? TimeSpan.Zero));
        return Task.CompletedTask;
    }
}

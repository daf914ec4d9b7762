using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using NServiceBus;
using NServiceBus.Pipeline;

namespace Dovetail.Hub.Telemetry;

/// <summary>Whatever is logged while a message is handled says to which order and conversation it belongs.</summary>
sealed class LogScope(ILogger<LogScope> logger) : Behavior<IIncomingLogicalMessageContext>
{
    static readonly ConcurrentDictionary<Type, PropertyInfo?> OrderIds = new();

    public override async Task Invoke(IIncomingLogicalMessageContext context, Func<Task> next)
    {
        var order = OrderIds.GetOrAdd(context.Message.MessageType, static type => type.GetProperty("OrderId", typeof(string)))?.GetValue(context.Message.Instance) as string;
        using (logger.BeginScope(new Belonging(order, context.Headers.GetValueOrDefault(Headers.ConversationId))))
            await next();
    }

    /// <summary>As text for people, and as two properties for whoever collects logs.</summary>
    internal sealed record Belonging(string? OrderId, string? ConversationId) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => 2;

        public KeyValuePair<string, object?> this[int index] => index switch
        {
            0 => new(nameof(OrderId), OrderId),
            1 => new(nameof(ConversationId), ConversationId),
            _ => throw new ArgumentOutOfRangeException(nameof(index), index, "There are two properties."),
        };

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var index = 0; index < Count; index++) yield return this[index];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => $"{(OrderId is null ? "" : $"order {OrderId}, ")}conversation {ConversationId ?? "unknown"}";
    }
}

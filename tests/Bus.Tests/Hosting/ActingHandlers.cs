using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>A message as a handler got it.</summary>
sealed record Arrived(object Message, string MessageId, IReadOnlyDictionary<string, string> Headers);

/// <summary>Handlers that do what a test says in one line.</summary>
static class ActingHandlers
{
    /// <summary>Has the endpoint handle messages of a type. In one scenario a type has one such handler.</summary>
    public static void On<T>(this EndpointConfiguration endpoint, Func<T, IMessageHandlerContext, Notes, Task> act)
    {
        Acts.Of(endpoint).Set(act);
        endpoint.AddHandler<Acting<T>>();
    }

    /// <summary>Has the endpoint note each message of a type as <see cref="Arrived"/>.</summary>
    public static void Hear<T>(this EndpointConfiguration endpoint) where T : notnull => endpoint.AddHandler<Hearing<T>>();
}

/// <summary>What handlers of a scenario do, by message type.</summary>
sealed class Acts
{
    static readonly ConditionalWeakTable<EndpointConfiguration, Acts> OfEndpoints = [];

    readonly ConcurrentDictionary<Type, Delegate> _byMessage = new();

    public static Acts Of(EndpointConfiguration endpoint) => OfEndpoints.GetOrCreateValue(endpoint);

    public void Set<T>(Func<T, IMessageHandlerContext, Notes, Task> act) => _byMessage[typeof(T)] = act;

    public Func<T, IMessageHandlerContext, Notes, Task> For<T>() => (Func<T, IMessageHandlerContext, Notes, Task>)_byMessage[typeof(T)];

    public void Add(Acts others)
    {
        foreach (var (type, act) in others._byMessage)
        {
            if (!_byMessage.TryAdd(type, act)) throw new InvalidOperationException($"Two endpoints of one scenario act on {type.Name}. Write a handler class for one of them.");
        }
    }
}

sealed class Acting<T>(Acts acts, Notes notes) : IHandleMessages<T>
{
    public Task Handle(T message, IMessageHandlerContext context) => acts.For<T>()(message, context, notes);
}

sealed class Hearing<T>(Notes notes) : IHandleMessages<T> where T : notnull
{
    public Task Handle(T message, IMessageHandlerContext context)
    {
        notes.Write(new Arrived(message, context.MessageId, context.MessageHeaders));
        return Task.CompletedTask;
    }
}

using System.Collections.Concurrent;
using System.Reflection;
using Dovetail.Bus.Sagas;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Bus.Handlers;

/// <summary>One method of one handler class, ready to be called.</summary>
/// <param name="Saga">Null for a plain handler.</param>
sealed record HandlerMethod(
    Type HandlerType, Type MessageType, bool IsTimeout, SagaDefinition? Saga,
    ObjectFactory Create, Func<object, object, IMessageHandlerContext, Task> Invoke);

/// <summary>Which handlers an endpoint has, and which of them a message type meets.</summary>
sealed class HandlerCatalog
{
    readonly List<HandlerMethod> _methods = [];
    readonly ConcurrentDictionary<(Type, bool IsTimeout), HandlerMethod[]> _byMessage = new();

    public HandlerCatalog(IEnumerable<Type> handlers, IReadOnlyCollection<SagaDefinition> sagas)
    {
        foreach (var handler in handlers) Add(handler, null);
        foreach (var saga in sagas) Add(saga.SagaType, saga);
        HasSagas = sagas.Count > 0;
    }

    public bool HasSagas { get; }

    public IEnumerable<HandlerMethod> All => _methods;

    public IEnumerable<Type> MessageTypes => _methods.Select(method => method.MessageType).Distinct();

    public bool HasSaga(Type type) => _methods.Exists(method => method.Saga?.SagaType == type);

    public HandlerMethod[] For(Type messageType, bool isTimeout) => _byMessage.GetOrAdd((messageType, isTimeout),
        key => [.. _methods.Where(method => method.IsTimeout == key.IsTimeout && method.MessageType.IsAssignableFrom(key.Item1))]);

    void Add(Type handler, SagaDefinition? saga)
    {
        var create = ActivatorUtilities.CreateFactory(handler, Type.EmptyTypes);
        var before = _methods.Count;
        foreach (var contract in handler.GetInterfaces().Where(type => type.IsGenericType))
        {
            var isTimeout = contract.GetGenericTypeDefinition() == typeof(IHandleTimeouts<>);
            if (!isTimeout && contract.GetGenericTypeDefinition() != typeof(IHandleMessages<>)) continue;
            var messageType = contract.GetGenericArguments()[0];
            var invoke = typeof(HandlerCatalog).GetMethod(isTimeout ? nameof(CallTimeout) : nameof(CallHandler), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(messageType).CreateDelegate<Func<object, object, IMessageHandlerContext, Task>>();
            _methods.Add(new HandlerMethod(handler, messageType, isTimeout, saga, create, invoke));
        }
        if (_methods.Count == before)
            throw new InvalidOperationException($"{handler.FullName} handles nothing. Implement IHandleMessages<T>, or do not add it as a handler.");
    }

    static Task CallHandler<T>(object handler, object message, IMessageHandlerContext context) => ((IHandleMessages<T>)handler).Handle((T)message, context);

    static Task CallTimeout<T>(object handler, object message, IMessageHandlerContext context) => ((IHandleTimeouts<T>)handler).Timeout((T)message, context);
}

using System.Runtime.CompilerServices;
using NServiceBus;

namespace Dovetail.Bus.Messages;

/// <summary>Makes messages without knowing any endpoint, so that one serves all.</summary>
sealed class MessageCreator : IMessageCreator
{
    public static MessageCreator Instance { get; } = new();

    /// <summary>A filled message, as what it is sent as.</summary>
    public static object Make<T>(Action<T> fill) => Instance.CreateInstance(fill)!;

    public object CreateInstance(Type messageType)
    {
        ArgumentNullException.ThrowIfNull(messageType);
        var type = messageType.IsInterface ? MessageProxies.Of(messageType) : messageType;
        return type.IsValueType || type.GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance(type)! : RuntimeHelpers.GetUninitializedObject(type);
    }

    public T CreateInstance<T>() => (T)CreateInstance(typeof(T));

    public T CreateInstance<T>(Action<T> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var message = CreateInstance<T>();
        action(message);
        return message;
    }
}

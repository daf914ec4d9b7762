namespace NServiceBus;

/// <summary>Makes messages, also of types that are interfaces only.</summary>
public interface IMessageCreator
{
    /// <summary>A message of this type. A class without a public constructor that takes nothing is made without any constructor being run.</summary>
    /// <exception cref="InvalidOperationException">The type is an interface that can't be a message: the text says why.</exception>
    object CreateInstance(Type messageType);

    /// <summary>A message of this type.</summary>
    T CreateInstance<T>();

    /// <summary>A message of this type, filled by the action.</summary>
    T CreateInstance<T>(Action<T> action);
}

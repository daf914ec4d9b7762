namespace NServiceBus.Serialization;

/// <summary>How bodies are written and read.</summary>
public abstract class SerializationDefinition
{
    internal abstract IMessageSerializer Create();
}

/// <summary>Writes and reads bodies.</summary>
interface IMessageSerializer
{
    string ContentType { get; }

    byte[] Serialize(object message);

    object Deserialize(ReadOnlyMemory<byte> body, Type type);
}

/// <summary>Settings of a serializer.</summary>
public class SerializationExtensions<T> where T : SerializationDefinition
{
    internal SerializationExtensions(T definition) => Definition = definition;

    internal T Definition { get; }
}

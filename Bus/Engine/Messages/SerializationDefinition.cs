namespace NServiceBus.Serialization;

/// <summary>How bodies are written and read.</summary>
public abstract class SerializationDefinition
{
    /// <summary>False: only types that the endpoint's handlers name are read, and the sender's header loads no others.</summary>
    internal bool LoadsTypes { get; set; } = true;

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

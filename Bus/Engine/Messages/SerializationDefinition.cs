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

/// <summary>What a serializer may do about types.</summary>
public static class SerializationExtensionsExtensions
{
    /// <summary>Only types that the endpoint's handlers name are read; the sender's header loads no others.</summary>
    public static void DisableDynamicTypeLoading<T>(this SerializationExtensions<T> config) where T : SerializationDefinition => config.Definition.LoadsTypes = false;

    /// <summary>A message that names no type known here is refused. JSON tells no types, so here that is so in any case.</summary>
    public static void DisableMessageTypeInference<T>(this SerializationExtensions<T> config) where T : SerializationDefinition => ArgumentNullException.ThrowIfNull(config);
}

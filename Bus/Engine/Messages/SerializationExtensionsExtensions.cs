using NServiceBus.Serialization;

namespace NServiceBus;

/// <summary>What a serializer may do about types.</summary>
public static class SerializationExtensionsExtensions
{
    /// <summary>Only types that the endpoint's handlers name are read; the sender's header loads no others.</summary>
    public static void DisableDynamicTypeLoading<T>(this SerializationExtensions<T> config) where T : SerializationDefinition => config.Definition.LoadsTypes = false;

    /// <summary>A message that names no type known here is refused. JSON tells no types, so here that is so in any case.</summary>
    public static void DisableMessageTypeInference<T>(this SerializationExtensions<T> config) where T : SerializationDefinition => ArgumentNullException.ThrowIfNull(config);
}

using System.Text.Json;
using NServiceBus.Serialization;

namespace NServiceBus;

/// <summary>Bodies as JSON, by System.Text.Json.</summary>
public class SystemJsonSerializer : SerializationDefinition
{
    internal JsonSerializerOptions Options { get; set; } = new();

    internal string ContentType { get; set; } = "application/json";

    internal override IMessageSerializer Create() => new Dovetail.Bus.Messages.JsonBodies(Options, ContentType);
}

/// <summary>Settings of the JSON serializer.</summary>
public static class SystemJsonConfigurationExtensions
{
    /// <summary>Sets the content type written, and by which bodies are recognised.</summary>
    public static void ContentType(this SerializationExtensions<SystemJsonSerializer> config, string contentType) => config.Definition.ContentType = contentType;

    /// <summary>Replaces the options of System.Text.Json.</summary>
    public static void Options(this SerializationExtensions<SystemJsonSerializer> config, JsonSerializerOptions options) => config.Definition.Options = options;
}

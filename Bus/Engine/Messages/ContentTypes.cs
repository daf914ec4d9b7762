namespace NServiceBus;

/// <summary>How the content-type header names the ways in which bodies are written.</summary>
public static class ContentTypes
{
    /// <summary>Written by the JSON serializer.</summary>
    public const string Json = "application/json";

    /// <summary>Written by NServiceBus's XML serializer, which this engine does not have.</summary>
    public const string Xml = "text/xml";
}

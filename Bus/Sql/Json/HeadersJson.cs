using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dovetail.Bus.Sql;

/// <summary>Headers as they stand in a queue table: a JSON object of strings.</summary>
static class HeadersJson
{
    static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // NServiceBus's SQL transports write every '/' escaped; readers take either form.
    public static string Write(Dictionary<string, string> headers) =>
        JsonSerializer.Serialize(headers, Options).Replace("/", "\\/", StringComparison.Ordinal);

    /// <exception cref="JsonException">The text is no JSON object of strings.</exception>
    public static Dictionary<string, string> Read(string text) =>
        new(JsonSerializer.Deserialize<Dictionary<string, string>>(text, Options) ?? [], StringComparer.Ordinal);
}

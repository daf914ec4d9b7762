using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dovetail.ServiceControl.Console;

/// <summary>The body of a message as a person can read it.</summary>
sealed record BodyText(string ContentType, byte[] Body)
{
    const int LongestShown = 200_000;

    // The page encodes everything once more: here it only has to be readable, Cyrillic names included.
    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public Html Render()
    {
        if (Body.Length == 0)
            return $"""<p class="empty">The message has no body.</p>""";
        if (Text() is not { } text)
            return $"""<p class="empty">{Words.Count(Body.Length, "byte", "bytes")} of {ContentType}, which is no text.</p>""";

        var cut = text.Length > LongestShown;
        return $"""
            <pre tabindex="0" aria-label="Body">{(cut ? text[..LongestShown] : text)}</pre>
            {(cut ? (Html)$"""<p class="empty">The rest of {Words.Count(Body.Length, "byte", "bytes")} is not shown here.</p>""" : Html.Nothing)}
            """;
    }

    string? Text()
    {
        try
        {
            var text = Strict.GetString(Body);
            return ContentType.Contains("json", StringComparison.OrdinalIgnoreCase) ? Indented(text) : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>What calls itself JSON and is none is shown as it is: that may be the very reason of the failure.</summary>
    static string Indented(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(document.RootElement, Readable);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}

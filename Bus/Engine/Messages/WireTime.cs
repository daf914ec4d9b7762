using System.Globalization;

namespace Dovetail.Bus.Messages;

/// <summary>Instants as they stand in headers: <c>2026-08-21 09:02:03:123456 Z</c>, always UTC.</summary>
static class WireTime
{
    const string Format = "yyyy-MM-dd HH:mm:ss:ffffff Z";

    public static string Write(DateTimeOffset instant) => instant.ToUniversalTime().ToString(Format, CultureInfo.InvariantCulture);

    public static bool TryRead(string? text, out DateTimeOffset instant) => DateTimeOffset.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant);

    /// <exception cref="FormatException">The text is not exactly of this form.</exception>
    public static DateTimeOffset Read(string text) => DateTimeOffset.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

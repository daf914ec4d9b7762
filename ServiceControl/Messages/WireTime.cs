using System.Globalization;

namespace Dovetail.ServiceControl.Messages;

/// <summary>Instants as headers carry them: UTC, with a colon before the microseconds.</summary>
static class WireTime
{
    const string Format = "yyyy-MM-dd HH:mm:ss:ffffff Z";

    /// <exception cref="FormatException">The text is no such instant.</exception>
    public static DateTimeOffset Parse(string header, string text) =>
        DateTimeOffset.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : throw new FormatException($"The header {header} holds '{text}', which is no time in the form '{Format}'. Find out which sender writes it so.");
}

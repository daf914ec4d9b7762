using System.Globalization;

namespace Dovetail.ServiceControl.Messages;

/// <summary>Instants as headers carry them: UTC, with a colon before the microseconds.</summary>
static class WireTime
{
    public const string Format = "yyyy-MM-dd HH:mm:ss:ffffff Z";

    public static DateTimeOffset? TryParse(string? text) =>
        DateTimeOffset.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant : null;
}

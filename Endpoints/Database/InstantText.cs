using System.Globalization;

namespace Dovetail.Endpoints.Database;

/// <summary>An instant in the form in which a context without <see cref="UtcTicks"/> keeps it.</summary>
static class InstantText
{
    public static string? Of(DateTimeOffset? instant) => instant?.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}

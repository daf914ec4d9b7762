using System.Globalization;
using Dovetail.ServiceControl.Store;

namespace Dovetail.ServiceControl.Console;

/// <summary>How the pages say things.</summary>
static class Words
{
    public static Html Time(DateTimeOffset instant, DateTimeOffset now) =>
        $"""<time datetime="{instant.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}" title="{Exact(instant)}">{Ago(now - instant)}</time>""";

    public static string Exact(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static Html Badge(MessageStatus status)
    {
        var (tone, name) = status switch
        {
            MessageStatus.Unresolved => ("bad", "Unresolved"),
            MessageStatus.RetryIssued => ("busy", "Retrying"),
            MessageStatus.Resolved => ("good", "Resolved"),
            MessageStatus.Archived => ("calm", "Archived"),
            _ => ("good", "Processed"),
        };
        return $"""<span class="badge {tone}">{name}</span>""";
    }

    /// <summary>The last part of a full type name, which is what people call it.</summary>
    public static string Short(string? type) => type is null ? "Control message" : type[(type.LastIndexOfAny(['.', '+']) + 1)..];

    /// <summary>A type with the namespace as its title.</summary>
    public static Html Type(string? type) => $"""<span title="{type}">{Short(type)}</span>""";

    public static string Count(int count, string one, string many) => count == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {many}");

    static string Ago(TimeSpan age) => age.TotalSeconds switch
    {
        < 10 => "just now",
        < 60 => $"{(int)age.TotalSeconds} s ago",
        < 3_600 => $"{(int)age.TotalMinutes} min ago",
        < 86_400 => $"{(int)age.TotalHours} h ago",
        < 172_800 => "yesterday",
        _ => $"{(int)age.TotalDays} days ago",
    };
}

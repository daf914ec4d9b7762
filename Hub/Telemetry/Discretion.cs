using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Dovetail.Hub.Telemetry;

/// <summary>Takes out of a span what nobody may read there, before it leaves: some vendors put their credential into the path, and so do our pages for customers.</summary>
sealed partial class Discretion : BaseProcessor<Activity>
{
    const string Hidden = "hidden";
    const int ShortestSecret = 6;

    readonly string[] _secrets;

    /// <summary>Knows the hub's own secrets from its settings, wherever a vendor has them put.</summary>
    public Discretion(IConfiguration configuration)
    {
        _secrets =
        [
            .. configuration.AsEnumerable()
                .Where(setting => setting.Value is { Length: >= ShortestSecret } && Secrets().IsMatch(setting.Key))
                .SelectMany(setting => new[] { setting.Value!, Uri.EscapeDataString(setting.Value!) }).Distinct().OrderByDescending(secret => secret.Length),
        ];
    }

    public override void OnEnd(Activity data)
    {
        foreach (var (key, value) in data.TagObjects.ToList())
        {
            if (value is string text && Cut(text, isAddress: key.StartsWith("url.", StringComparison.Ordinal) || key.StartsWith("http.", StringComparison.Ordinal)) is var cut && cut != text)
                data.SetTag(key, cut);
        }

        if (data.StatusDescription is { } description && Cut(description, isAddress: false) is var told && told != description)
            data.SetStatus(data.Status, told);
        if (Cut(data.DisplayName, isAddress: true) is var name && name != data.DisplayName)
            data.DisplayName = name;

        // What happened within a span can't be changed any more. It is text of failures, in which a secret should never stand; if one does, the span stays here.
        if (data.Events.SelectMany(happened => happened.Tags).Any(tag => tag.Value is string text && Cut(text, isAddress: false) != text))
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    /// <summary>An address keeps its path, so that one sees what was called, without what its owner alone shall know; what follows "?" may hold anything.</summary>
    internal string Cut(string text, bool isAddress)
    {
        if (isAddress)
        {
            text = Queries().Replace(text, "");
            text = Paths().Replace(text, $"$1{Hidden}");
        }

        foreach (var secret in _secrets)
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex(@"(Key|Secrets?|Password|Token|Code|ConnectionStrings:.*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Secrets();

    [GeneratedRegex(@"\?.*$", RegexOptions.Singleline)]
    private static partial Regex Queries();

    // Customers' pages and cards; the codes of webhooks, ours and Bitrix24's; Telegram's bots.
    [GeneratedRegex(@"(/track/|/v1/loyalty/|/hooks/[^/?#]+/|/rest/[0-9]+/|/(?:file/)?bot(?=[0-9]))[^/?#]+")]
    private static partial Regex Paths();
}

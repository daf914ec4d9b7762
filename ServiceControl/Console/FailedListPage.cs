using System.Globalization;
using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Http;

namespace Dovetail.ServiceControl.Console;

/// <summary>Failed messages, the newest first.</summary>
sealed record FailedListPage(
    IReadOnlyList<FailedMessage> Messages, FailedListPage.Filter Shown, IReadOnlyDictionary<MessageStatus, int> Counts, int PerPage)
{
    static readonly (MessageStatus? Status, string Key, string Name)[] Tabs =
    [
        (MessageStatus.Unresolved, "unresolved", "Unresolved"),
        (MessageStatus.RetryIssued, "retryissued", "Retrying"),
        (MessageStatus.Resolved, "resolved", "Resolved"),
        (MessageStatus.Archived, "archived", "Archived"),
        (null, "all", "All"),
    ];

    /// <param name="Status">Null: all.</param>
    /// <param name="Key">The status as the address says it.</param>
    /// <param name="Number">Of the page, from 1.</param>
    public sealed record Filter(MessageStatus? Status, string Key, int Number)
    {
        public static Filter Read(IQueryCollection query)
        {
            var tab = Tabs.FirstOrDefault(tab => tab.Key.Equals(query["status"], StringComparison.OrdinalIgnoreCase), Tabs[0]);
            return new(tab.Status, tab.Key, int.TryParse(query["page"], CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, 1, 1_000_000) : 1);
        }
    }

    public Page Render(DateTimeOffset now) => new("Failed messages", "/console/failed", $"""
        <div id="failed" data-live>
        <nav class="tabs" aria-label="Status">{Tabs.Select(Tab)}</nav>
        {(Messages.Count == 0 ? Empty() : Table(now))}
        {Pages()}
        </div>
        """);

    Html Tab((MessageStatus? Status, string Key, string Name) tab)
    {
        Html label = $"""{tab.Name} <span class="count">{Total(tab.Status).ToString("N0", CultureInfo.InvariantCulture)}</span>""";
        return tab.Key == Shown.Key
            ? (Html)$"""<a href="?status={tab.Key}" aria-current="true">{label}</a>"""
            : $"""<a href="?status={tab.Key}">{label}</a>""";
    }

    int Total(MessageStatus? status) => status is { } one ? Counts.GetValueOrDefault(one) : Counts.Values.Sum();

    Html Empty() => Shown.Status == MessageStatus.Unresolved
        ? (Html)$"""<p class="empty">No failure waits for a decision. What fails is tried again by itself first; only what was given up comes here.</p>"""
        : $"""<p class="empty">No messages here.</p>""";

    Html Table(DateTimeOffset now) => $"""
        <table class="cards">
        <thead><tr><th scope="col">Message</th><th scope="col">Endpoint</th><th scope="col">Why it failed</th><th scope="col">Failed</th><th scope="col" class="number">Attempts</th><th scope="col">Status</th></tr></thead>
        <tbody>{Messages.Select(message => Row(message, now))}</tbody>
        </table>
        """;

    static Html Row(FailedMessage message, DateTimeOffset now) => $"""
        <tr>
        <th scope="row"><a href="/console/failed/{Uri.EscapeDataString(message.Id)}">{Words.Type(message.MessageType)}</a></th>
        <td data-label="Endpoint">{message.Endpoint}</td>
        <td class="reason" data-label="Why it failed"><span>{message.Read().Exception.Message ?? "No reason was given."}</span></td>
        <td class="when" data-label="Failed">{Words.Time(message.ProcessedAt, now)}</td>
        <td class="number" data-label="Attempts">{message.AttemptCount}</td>
        <td data-label="Status">{(message.RetryUnderWay is { IssuedAt: null } ? Waiting : Words.Badge(message.Status))}</td>
        </tr>
        """;

    static Html Waiting => $"""<span class="badge busy">Retry requested</span>""";

    Html Pages()
    {
        var last = Math.Max(1, (Total(Shown.Status) + PerPage - 1) / PerPage);
        if (last == 1 && Shown.Number == 1)
            return Html.Nothing;

        return $"""<nav class="pages" aria-label="Pages">{Link(Shown.Number - 1, "Newer", last)}<span>Page {Shown.Number} of {last}</span>{Link(Shown.Number + 1, "Older", last)}</nav>""";
    }

    Html Link(int number, string label, int last) => number >= 1 && number <= last
        ? $"""<a href="?status={Shown.Key}&amp;page={number}">{label}</a>"""
        : (Html)$"""<span class="off">{label}</span>""";
}

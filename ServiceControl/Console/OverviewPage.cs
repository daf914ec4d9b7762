namespace Dovetail.ServiceControl.Console;

/// <summary>What an endpoint did within the last hour.</summary>
sealed record EndpointHour(string Endpoint, int Processed, int Failed);

/// <summary>Is everything well, and if not, where does one look?</summary>
sealed record OverviewPage(int Unresolved, int Retrying, int NotUnderstood, IReadOnlyList<EndpointHour> LastHour, DateTimeOffset? LastProcessed)
{
    public Page Render(DateTimeOffset now) => new("Overview", "/console", $"""
        <div id="overview" data-live>
        <p class="lead">{Verdict()}</p>
        <ul class="tiles">
        {Tile(Unresolved, "unresolved failures", "/console/failed", Unresolved > 0 ? "bad" : "good")}
        {Tile(Retrying, "being retried", "/console/failed?status=retryissued", Retrying > 0 ? "busy" : "calm")}
        {Tile(NotUnderstood, "not understood", "/console/not-understood", NotUnderstood > 0 ? "bad" : "calm")}
        {Tile(LastHour.Sum(endpoint => endpoint.Processed), "processed in the last hour", href: null, "calm")}
        </ul>
        <section aria-labelledby="last-hour">
        <h2 id="last-hour">The last hour by endpoint</h2>
        {(LastHour.Count == 0 ? Quiet(now) : Table())}
        </section>
        </div>
        """);

    Html Verdict() => (Unresolved, NotUnderstood) switch
    {
        (0, 0) => $"""All is well: no message waits for you.""",
        (0, _) => $"""<a href="/console/not-understood">{Words.Count(NotUnderstood, "message", "messages")}</a> could not be read. Nothing is lost: look why.""",
        _ => $"""<a href="/console/failed">{Words.Count(Unresolved, "message", "messages")}</a> failed for good. Mend the cause, then retry.""",
    };

    static Html Tile(int count, string label, string? href, string tone)
    {
        Html content = $"""<strong>{Number(count)}</strong> <span>{label}</span>""";
        return href is null
            ? (Html)$"""<li class="tile {tone}">{content}</li>"""
            : $"""<li class="tile {tone}"><a href="{href}">{content}</a></li>""";
    }

    Html Table()
    {
        var most = LastHour.Max(endpoint => endpoint.Processed + endpoint.Failed);
        return $"""
            <table>
            <thead><tr><th scope="col">Endpoint</th><th scope="col" class="number">Processed</th><th scope="col" class="number">Failed</th><th scope="col" class="wide"><span class="hidden">Share</span></th></tr></thead>
            <tbody>{LastHour.OrderBy(endpoint => endpoint.Endpoint, StringComparer.Ordinal).Select(endpoint => Row(endpoint, most))}</tbody>
            </table>
            """;
    }

    static Html Row(EndpointHour endpoint, int most) => $"""
        <tr><th scope="row">{endpoint.Endpoint}</th>
        <td class="number" data-label="Processed">{Number(endpoint.Processed)}</td>
        <td class="number {(endpoint.Failed > 0 ? "bad" : "")}" data-label="Failed">{Number(endpoint.Failed)}</td>
        <td class="wide"><meter aria-hidden="true" min="0" max="{most}" value="{endpoint.Processed + endpoint.Failed}"></meter></td></tr>
        """;

    Html Quiet(DateTimeOffset now) => LastProcessed is { } last
        ? (Html)$"""<p class="empty">No message was processed within the last hour. The last one was {Words.Time(last, now)}.</p>"""
        : $"""<p class="empty">No message has come through the audit queue yet. They appear here as soon as an endpoint processes one.</p>""";

    static string Number(int count) => count.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
}

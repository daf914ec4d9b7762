using Dovetail.ServiceControl.Store;

namespace Dovetail.ServiceControl.Console;

/// <summary>Messages that could not be read. Nothing is lost: they are kept whole.</summary>
sealed record NotUnderstoodPage(IReadOnlyList<FailedImport> Imports, int Total)
{
    public Page Render(DateTimeOffset now) => new("Not understood", "/console/not-understood", $"""
        <div id="imports" data-live>
        {(Total == 0 ? (Html)$"""<p class="empty">Every message that came could be read. One that can't be is kept here whole, so that nothing is lost.</p>""" : List(now))}
        </div>
        """);

    Html List(DateTimeOffset now) => $"""
        <p>{Words.Count(Total, "message", "messages")} could not be read and lie aside whole, with headers and body. {(Imports.Count < Total ? $"The newest {Imports.Count} are shown." : "")}</p>
        <table class="cards">
        <thead><tr><th scope="col">Queue</th><th scope="col">Why</th><th scope="col">Came</th><th scope="col">Id in the queue</th></tr></thead>
        <tbody>{Imports.Select(import => Row(import, now))}</tbody>
        </table>
        """;

    static Html Row(FailedImport import, DateTimeOffset now) => $"""
        <tr><th scope="row">{import.Queue}</th><td class="reason" data-label="Why"><span>{import.Reason}</span></td><td class="when" data-label="Came">{Words.Time(import.ReceivedAt, now)}</td><td class="id" data-label="Id in the queue">{import.NativeId}</td></tr>
        """;
}

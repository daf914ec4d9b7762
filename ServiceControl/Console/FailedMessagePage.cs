using Dovetail.ServiceControl.Messages;
using Dovetail.ServiceControl.Store;

namespace Dovetail.ServiceControl.Console;

/// <summary>One failed message: why it failed, what is in it, what has been done about it, and what can be.</summary>
sealed record FailedMessagePage(FailedMessage Message, byte[] Body)
{
    public Page Render(DateTimeOffset now)
    {
        var headers = Message.Read();
        return new(Words.Short(Message.MessageType), "/console/failed", $"""
            <p class="lead">Failed in <strong>{Message.Endpoint}</strong>, <span id="when" data-live>{Words.Time(Message.ProcessedAt, now)}, {Words.Exact(Message.ProcessedAt)}</span></p>
            <section id="state" class="state" data-live aria-label="State">{State(now)}</section>
            <section aria-labelledby="exception">
            <h2 id="exception">Why it failed</h2>
            <p class="exception"><strong>{headers.Exception.Message ?? "No reason was given."}</strong><br><code>{headers.Exception.ExceptionType}</code></p>
            <details><summary>Stack trace</summary><pre tabindex="0" aria-label="Stack trace">{headers.Exception.StackTrace ?? "None."}</pre></details>
            </section>
            <section aria-labelledby="body">
            <h2 id="body">Body</h2>
            {new BodyText(headers.ContentType, Body).Render()}
            </section>
            <section aria-labelledby="facts">
            <h2 id="facts">Where it comes from</h2>
            <dl>
            {Fact("Sent by", headers.Sender.Name)}
            {Fact("Sent at", Message.TimeSent is { } sent ? Words.Exact(sent) : null)}
            {Fact("Type", Message.MessageType)}
            {Fact("Queue", Message.QueueAddress)}
            {Fact("Message id", Message.MessageId)}
            {Fact("Conversation", Message.ConversationId)}
            {Fact("Id here", Message.Id)}
            </dl>
            <details><summary>All {Message.Headers.Count} headers</summary>
            <table class="headers"><thead><tr><th scope="col">Header</th><th scope="col">Value</th></tr></thead><tbody>{Message.Headers.Select(Header)}</tbody></table>
            </details>
            </section>
            <section id="history" data-live aria-labelledby="history-title">
            <h2 id="history-title">History</h2>
            <ol class="history">{History().OrderByDescending(entry => entry.At).Select(entry => Entry(entry, now))}</ol>
            </section>
            """);
    }

    Html State(DateTimeOffset now) => (Message.Status, Message.RetryUnderWay) switch
    {
        (_, { IssuedAt: null, SendFault: { } fault }) => Say(
            "busy", "Retry requested", $"It could not be sent to the queue {Message.QueueAddress} yet and is tried again by itself. {fault}", Button("archive", "Withdraw and archive")),
        (_, { IssuedAt: null }) => Say("busy", "Retry requested", "It is about to be sent back to its endpoint.", Html.Nothing),
        (MessageStatus.RetryIssued, { IssuedAt: { } issued }) => Say(
            "busy", "Retrying", $"It went back to {Message.Endpoint} at {Words.Exact(issued)}. This page shows the outcome as soon as the endpoint has answered.", Html.Nothing),
        (MessageStatus.Resolved, _) => Say("good", "Resolved", $"It was processed well, as {Message.Endpoint} said {Words.Exact(Message.LastModified)}.", Html.Nothing),
        (MessageStatus.Archived, _) => Say(
            "calm", "Archived", "Somebody decided to let it be.", $"""{Button("unarchive", "Take out of the archive")}"""),
        _ => Say("bad", "Unresolved", Advice(), $"""{Button("retry", "Retry", "first")}{Button("archive", "Archive")}"""),
    };

    string Advice() => Message.Retries.OrderByDescending(retry => retry.RequestedAt).FirstOrDefault() is { Outcome: RetryOutcome.FailedAgain }
        ? "The last retry failed again. Look whether the reason below has changed before you try once more."
        : "Its endpoint gave up on it. Once the reason below is gone, try it again: it is processed as if nothing had happened.";

    static Html Say(string tone, string what, string then, Html actions) => $"""
        <div class="say {tone}"><p role="status"><strong>{what}.</strong> {then}</p><div class="actions">{actions}</div></div>
        """;

    Html Button(string action, string label, string look = "") =>
        $"""<form method="post" action="/console/failed/{Uri.EscapeDataString(Message.Id)}/{action}"><button class="{look}">{label}</button></form>""";

    static Html Fact(string name, string? value) => value is null ? Html.Nothing : (Html)$"<div><dt>{name}</dt><dd>{value}</dd></div>";

    static Html Header(KeyValuePair<string, string> header) =>
        $"""<tr><th scope="row">{header.Key}</th><td>{(header.Key == HeaderNames.ExceptionStackTrace ? "see the stack trace above" : header.Value)}</td></tr>""";

    IEnumerable<(DateTimeOffset At, string Tone, string What)> History()
    {
        foreach (var attempt in Message.Attempts)
            yield return (attempt.FailedAt, "bad", $"Failed: {attempt.Read().Exception.Message ?? "no reason was given"}");

        foreach (var retry in Message.Retries)
        {
            yield return (retry.RequestedAt, "calm", retry.RequestedBy is { } who ? $"Retry requested by {who}" : "Retry requested");
            if (retry.IssuedAt is { } issued)
                yield return (issued, "busy", $"Sent back to {Message.QueueAddress}");

            // That it failed again is told by the attempt.
            if (retry is { EndedAt: { } ended, Outcome: not RetryOutcome.FailedAgain })
                yield return (ended, retry.Outcome == RetryOutcome.Succeeded ? "good" : "calm", retry.Outcome == RetryOutcome.Succeeded ? "Processed well" : "Retry withdrawn");
        }
    }

    static Html Entry((DateTimeOffset At, string Tone, string What) entry, DateTimeOffset now) =>
        $"""<li class="{entry.Tone}"><span>{entry.What}</span> {Words.Time(entry.At, now)}</li>""";
}

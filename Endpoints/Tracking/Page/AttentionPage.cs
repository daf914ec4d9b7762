using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Dovetail.Endpoints.Tracking.Reading;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>The support desk's list as HTML: complete without a script, which asks again and keeps it up to date.</summary>
static class AttentionPage
{
    public static string Of(OpenTasks open)
    {
        var list = new StringBuilder();
        foreach (var task in open.First) Add(list, task);

        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>Orders that need a person · Dovetail</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="{Assets.Style.Address}">
            <link rel="stylesheet" href="{Assets.AttentionStyle.Address}">
            <script src="{Assets.AttentionScript.Address}" defer></script>
            <noscript><meta http-equiv="refresh" content="30"></noscript>
            </head>
            <body>
            <main>
            <p class="eyebrow"><a href="/console">Console</a></p>
            <h1>Orders that need a person</h1>
            <p class="result" role="status"></p>
            <noscript><p class="lead">To ask again from this page, allow its script to run.</p></noscript>
            <div id="tasks">
            <p class="lead">{Text(Lead(open))}</p>
            {list}</div>
            </main>
            <footer><p>Times are UTC. This page keeps itself up to date.</p></footer>
            </body>
            </html>
            """;
    }

    static string Lead(OpenTasks open) => (open.Total, open.First.Count) switch
    {
        (0, _) => "No order needs a person right now.",
        (1, 1) => "1 order",
        var (total, shown) when shown < total => string.Create(CultureInfo.InvariantCulture, $"{total} orders; here are the {shown} whose time is up first."),
        var (total, _) => string.Create(CultureInfo.InvariantCulture, $"{total} orders, first the one whose time is up first."),
    };

    static void Add(StringBuilder list, OpenTask task)
    {
        var order = task.Journey;
        list.Append(CultureInfo.InvariantCulture, $"""
            <article class="task">
            <h2>{Text(order.OrderId)}</h2>
            <p>{Text(order.Why!)}.</p>
            <dl>
            <div><dt>Whose task</dt><dd>{Text(order.Queue!)}</dd></div>
            <div><dt>Since</dt><dd>{Time(task.Since)}</dd></div>
            <div><dt>Deadline</dt><dd>{(order.Deadline is { } deadline ? Time(deadline) : "none")}</dd></div>
            </dl>
            <p class="do"><button type="button" data-order="{Text(order.OrderId)}" aria-label="Ask again for order {Text(order.OrderId)}" hidden>Ask again</button>
            {(order.TrackingId is { } trackingId ? $"<a href=\"/track/{Text(trackingId)}\">The customer's page</a>" : "")}</p>
            </article>

            """);
    }

    static string Time(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"<time datetime=\"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\">{at.UtcDateTime:d MMM yyyy, HH:mm:ss}</time>");

    static string Text(string text) => HtmlEncoder.Default.Encode(text);
}

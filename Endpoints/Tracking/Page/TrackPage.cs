using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>The customer's page as HTML: complete without a script, which only keeps it up to date.</summary>
static class TrackPage
{
    public static string Of(Story story, string trackingId)
    {
        var main = new StringBuilder();
        main.Append(CultureInfo.InvariantCulture, $"""
            <p class="eyebrow">Order {Text(story.OrderId)}{(story.Total is null ? "" : $" · {Text(story.Total)}")}</p>
            <h1>{Text(story.Headline)}</h1>
            <p class="lead">{Text(story.Lead)}</p>

            """);
        if (story.Steps.Count > 0) AddSteps(main, story.Steps);
        if (story.Next is { } next) AddNext(main, next);
        main.Append("<section aria-labelledby=\"past\">\n<h2 id=\"past\">What has happened</h2>\n<ol class=\"past\" reversed>\n");
        foreach (var (at, text) in story.Past)
            main.Append(CultureInfo.InvariantCulture, $"<li>{Time(at)}<p>{Text(text)}</p></li>\n");
        main.Append("</ol>\n</section>\n");

        return Frame(
            $"{story.Headline} · Order {story.OrderId}", main.ToString(),
            // Meta refresh is what keeps the page up to date where no script runs.
            head: story.HasEnded ? "" : "<noscript><meta http-equiv=\"refresh\" content=\"15\"></noscript>",
            body: story.HasEnded ? "" : $" data-events=\"/track/{trackingId}/events?after={story.UpTo}\"",
            foot: story.HasEnded ? "This is where the story of this order ends." : "This page keeps itself up to date.");
    }

    public static string Registering() => Frame(
        "Your order is being registered", """
        <h1>Your order is being registered</h1>
        <p class="lead">It takes a moment. This page shows you the way of your order as soon as it begins.</p>
        <p class="wait" aria-hidden="true"></p>
        <p>Still nothing here after a few minutes? Then check that the address of this page is exactly the one you were given.</p>

        """,
        head: "<meta http-equiv=\"refresh\" content=\"3\">", body: "", foot: "This page keeps itself up to date.");

    public static string NoSuchPage() => Frame(
        "There is no such order page", """
        <h1>There is no such order page</h1>
        <p class="lead">The address is not complete. Open the link that you were given once more, or copy all of it.</p>

        """,
        head: "", body: "", foot: "");

    static void AddSteps(StringBuilder main, IReadOnlyList<Step> steps)
    {
        main.Append("<ol class=\"steps\" aria-label=\"How far your order is\">\n");
        foreach (var (name, progress) in steps)
        {
            var (style, said) = progress switch
            {
                Progress.Done => ("done", "done"),
                Progress.Current => ("current", "next"),
                _ => ("ahead", "later"),
            };
            main.Append(CultureInfo.InvariantCulture, $"<li class=\"{style}\"{(progress == Progress.Current ? " aria-current=\"step\"" : "")}><span>{Text(name)}</span><span class=\"said\">: {said}</span></li>\n");
        }
        main.Append("</ol>\n");
    }

    static void AddNext(StringBuilder main, NextStep next) => main.Append(CultureInfo.InvariantCulture, $"""
        <section class="next" aria-labelledby="next">
        <h2 id="next">What comes next</h2>
        <p><strong>{Text(next.Who)}</strong> {Text(next.What)}</p>
        {(next.ByWhen is { } deadline ? $"<p class=\"quiet\">If that has not happened by {Time(deadline)}, {Text(next.Otherwise)}.</p>" : "")}
        </section>

        """);

    static string Frame(string title, string main, string head, string body, string foot) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>{Text(title)}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="{Assets.Style.Address}">
        <script src="{Assets.Script.Address}" defer></script>
        {head}
        </head>
        <body{body}>
        <main>
        {main}</main>
        <footer><p>{foot}</p></footer>
        <p class="said" role="status" aria-live="polite"></p>
        </body>
        </html>
        """;

    /// <summary>In UTC, which the script turns into the reader's own time.</summary>
    static string Time(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"<time datetime=\"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\">{at.UtcDateTime:d MMM yyyy, HH:mm} UTC</time>");

    static string Text(string text) => HtmlEncoder.Default.Encode(text);
}

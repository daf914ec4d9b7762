using System.Globalization;
using System.Text.Encodings.Web;

namespace Dovetail.Endpoints.Desk.Page;

/// <summary>What all pages of the desk have in common.</summary>
static class Frame
{
    /// <param name="main">HTML.</param>
    /// <param name="body">Attributes of the body.</param>
    public static string Of(string title, string main, string body = "") => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>{Text(title)} · Dovetail</title>
        <link rel="icon" href="data:,">
        {string.Join('\n', DeskPages.Styles.Select(style => $"<link rel=\"stylesheet\" href=\"{style.Address}\">"))}
        <script src="{DeskPages.Script.Address}" defer></script>
        </head>
        <body{body}>
        <main>
        <nav class="eyebrow" aria-label="Pages"><a href="/desk">Tasks</a> · <a href="/v1/attention">Orders that need a person</a> · <a href="/console">Console</a></nav>
        {main}
        </main>
        <footer><p>Times are UTC. This page keeps itself up to date.</p></footer>
        </body>
        </html>
        """;

    public static string Time(DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"<time datetime=\"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\">{at.UtcDateTime:d MMM yyyy, HH:mm:ss}</time>");

    /// <param name="body">What is sent with the wish, as JSON.</param>
    public static string Button(string action, string text, bool quiet = false, string? body = null) =>
        $"<button type=\"button\" data-action=\"{action}\"{(body is null ? "" : $" data-body=\"{Text(body)}\"")}{(quiet ? " class=\"quiet\"" : "")} hidden>{text}</button>";

    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    public static string Text(string text) => HtmlEncoder.Default.Encode(text);
}

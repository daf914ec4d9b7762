using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Dovetail.ServiceControl.Console;

/// <summary>What all pages have around them.</summary>
/// <param name="Title">Also the heading.</param>
/// <param name="Here">The entry of the menu that leads here.</param>
sealed record Page(string Title, string Here, Html Body) : IResult
{
    // Nothing from elsewhere, and nothing written into the page, so that injected markup could neither load nor run anything.
    const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    static readonly (string Path, string Name)[] Menu =
    [
        ("/console", "Overview"),
        ("/console/failed", "Failed"),
        ("/console/not-understood", "Not understood"),

        // A page of the tracking role, behind the same sign-in.
        ("/v1/attention", "Orders that need a person"),
    ];

    static readonly string Style = Asset.Path("console.css");
    static readonly string Script = Asset.Path("console.js");

    public int Status { get; init; } = StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        await response.WriteAsync(Frame().ToString(), httpContext.RequestAborted);
    }

    Html Frame() => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <meta name="color-scheme" content="light dark">
        <title>{Title} · Dovetail</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="{Style}">
        <script src="{Script}" defer></script>
        <noscript><meta http-equiv="refresh" content="30"></noscript>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
        <div class="bar">
        <a class="brand" href="/console"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 4h9l-2 5h6l-2-5h9v16H2z"/></svg>Dovetail</a>
        <nav aria-label="Main">{Menu.Select(Entry)}</nav>
        <a class="out" href="/signout">Sign out</a>
        </div>
        </header>
        <main id="content">
        <h1>{Title}</h1>
        {Body}
        </main>
        <footer><p>Times are UTC. <span id="fresh" role="status"></span></p></footer>
        </body>
        </html>
        """;

    Html Entry((string Path, string Name) entry) => entry.Path == Here
        ? (Html)$"""<a href="{entry.Path}" aria-current="page">{entry.Name}</a>"""
        : $"""<a href="{entry.Path}">{entry.Name}</a>""";

    public static Page NotFound(string what) => new("Not found", "", $"""
        <p>{what}</p>
        <p><a href="/console/failed">All failed messages</a></p>
        """) { Status = StatusCodes.Status404NotFound };
}

/// <summary>A file that the pages need. Its address changes with its content, so browsers may keep it.</summary>
static class Asset
{
    static readonly Dictionary<string, (string Type, byte[] Content)> Files = new()
    {
        ["console.css"] = ("text/css; charset=utf-8", Read("console.css")),
        ["console.js"] = ("text/javascript; charset=utf-8", Read("console.js")),
    };

    public static string Path(string name) => $"/console/assets/{name}?v={Convert.ToHexStringLower(SHA256.HashData(Files[name].Content))[..12]}";

    public static IResult Get(string name, HttpResponse response)
    {
        if (!Files.TryGetValue(name, out var file))
            return Results.NotFound();

        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(file.Content, file.Type);
    }

    static byte[] Read(string name)
    {
        using var stream = typeof(Asset).Assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}

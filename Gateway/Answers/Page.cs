using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Answers;

/// <summary>The gateway's own pages: one frame, no script.</summary>
static class Page
{
    static readonly string Frame = ReadFrame();

    // The style is allowed by its hash and nothing else is, so that injected markup could neither load nor run anything.
    static readonly string ContentSecurityPolicy =
        $"default-src 'none'; img-src data:; style-src 'sha256-{HashOfStyle()}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    /// <param name="body">Markup: what comes from outside must have gone through <see cref="Encode"/>.</param>
    public static Task Write(HttpContext context, int status, string title, string body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        return response.WriteAsync(Frame.Replace("{{title}}", Encode(title), StringComparison.Ordinal).Replace("{{body}}", body, StringComparison.Ordinal), CancellationToken.None);
    }

    static string HashOfStyle()
    {
        var start = Frame.IndexOf("<style>", StringComparison.Ordinal) + "<style>".Length;
        var end = Frame.IndexOf("</style>", StringComparison.Ordinal);
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Frame[start..end])));
    }

    static string ReadFrame()
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("page.html")!);

        // The hash is of what a browser sees, which makes one line feed of each line's end.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}

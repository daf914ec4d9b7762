using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Answers;

/// <summary>Pages for people, under the rules of all of them.</summary>
static class WebPage
{
    // Its own style and script and nothing from anywhere else; the empty icon is a data: address.
    const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static IResult Html(HttpContext http, string page, int status = StatusCodes.Status200OK)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";

        // The address may be the key to the page: it must not travel to other sites.
        headers["Referrer-Policy"] = "no-referrer";
        return TypedResults.Content(page, "text/html; charset=utf-8", statusCode: status);
    }

    public static IResult File(HttpContext http, string file, params IEnumerable<Asset> assets)
    {
        if (assets.FirstOrDefault(asset => asset.File == file) is not { } asset) return TypedResults.NotFound();
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(asset.Content, asset.ContentType);
    }
}

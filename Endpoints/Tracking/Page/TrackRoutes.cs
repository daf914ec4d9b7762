using System.Globalization;
using Dovetail.Endpoints.Tracking.Live;
using Dovetail.Endpoints.Tracking.Reading;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>The customer's page, open to whoever knows its address.</summary>
sealed class TrackRoutes(Journeys journeys, JourneyStream stream)
{
    // 128 bits in base64url.
    const int IdLength = 22;

    // Its own style and script and nothing from anywhere else; the empty icon is a data: address.
    const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public async Task<IResult> Show(string trackingId, HttpContext http)
    {
        if (!CanBeId(trackingId)) return Html(http, TrackPage.NoSuchPage(), StatusCodes.Status404NotFound);
        if (await journeys.FindByTrackingId(trackingId, http.RequestAborted) is not { } journey) return Html(http, TrackPage.Registering());
        return Html(http, TrackPage.Of(Story.Of(journey, await journeys.Entries(journey.OrderId, http.RequestAborted)), trackingId));
    }

    /// <summary>Says that something changed, not what: the page asks for itself again.</summary>
    public async Task<IResult> Follow(string trackingId, HttpContext http)
    {
        if (!CanBeId(trackingId) || await journeys.FindByTrackingId(trackingId, http.RequestAborted) is not { } journey) return TypedResults.NotFound();
        await stream.Send(http, journey.OrderId, "changed", entry => string.Create(CultureInfo.InvariantCulture, $$"""{"sequence":{{entry.Sequence}}}"""));
        return TypedResults.Empty;
    }

    public static IResult File(string file, HttpContext http)
    {
        if (Asset.Find(file) is not { } asset) return TypedResults.NotFound();
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(asset.Content, asset.ContentType);
    }

    /// <summary>A page of this role, under the rules of all of them.</summary>
    public static IResult Html(HttpContext http, string page, int status = StatusCodes.Status200OK)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";

        // The address is the key to the customer's page: it must not travel to other sites.
        headers["Referrer-Policy"] = "no-referrer";
        return TypedResults.Content(page, "text/html; charset=utf-8", statusCode: status);
    }

    static bool CanBeId(string id) => id.Length == IdLength && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}

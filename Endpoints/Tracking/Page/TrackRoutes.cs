using System.Globalization;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Tracking.Live;
using Dovetail.Endpoints.Tracking.Reading;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>The customer's page, open to whoever knows its address.</summary>
sealed class TrackRoutes(Journeys journeys, JourneyStream stream)
{
    // 128 bits in base64url.
    const int IdLength = 22;

    public async Task<IResult> Show(string trackingId, HttpContext http)
    {
        if (!CanBeId(trackingId)) return WebPage.Html(http, TrackPage.NoSuchPage(), StatusCodes.Status404NotFound);
        if (await journeys.FindByTrackingId(trackingId, http.RequestAborted) is not { } journey) return WebPage.Html(http, TrackPage.Registering());
        return WebPage.Html(http, TrackPage.Of(Story.Of(journey, await journeys.Entries(journey.OrderId, http.RequestAborted)), trackingId));
    }

    /// <summary>Says that something changed, not what: the page asks for itself again.</summary>
    public async Task<IResult> Follow(string trackingId, HttpContext http)
    {
        if (!CanBeId(trackingId) || await journeys.FindByTrackingId(trackingId, http.RequestAborted) is not { } journey) return TypedResults.NotFound();
        await stream.Send(http, journey.OrderId, "changed", entry => string.Create(CultureInfo.InvariantCulture, $$"""{"sequence":{{entry.Sequence}}}"""));
        return TypedResults.Empty;
    }

    public static IResult File(string file, HttpContext http) =>
        WebPage.File(http, file, Assets.Style, Assets.Script, Assets.AttentionStyle, Assets.AttentionScript);

    static bool CanBeId(string id) => id.Length == IdLength && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}

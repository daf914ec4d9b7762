using System.Text.Json;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Tracking.Live;
using Dovetail.Endpoints.Tracking.Page;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Tracking.Reading;

/// <summary>The journey of an order for the client that placed it and for the support desk.</summary>
sealed class JourneyRoutes(Journeys journeys, JourneyStream stream)
{
    public async Task<IResult> Show(string id, HttpContext http) => await Find(id, http) is { } journey
        ? new Tagged(JourneyView.Of(journey, await journeys.Entries(id, http.RequestAborted), await journeys.NotReached(id, http.RequestAborted)))
        : Unknown(id, http);

    public async Task<IResult> Follow(string id, HttpContext http)
    {
        if (await Find(id, http) is null) return Unknown(id, http);
        await stream.Send(http, id, "entry", entry => JsonSerializer.Serialize(EntryView.Of(entry), JsonSerializerOptions.Web));
        return TypedResults.Empty;
    }

    /// <summary>A page for a browser, JSON for everybody else.</summary>
    public async Task<IResult> Attention(HttpContext http, int limit)
    {
        if (limit is < 1 or > 200) return Problem.Of(StatusCodes.Status400BadRequest, $"limit is {limit}: send a number from 1 to 200, or leave it out for 100.");
        var open = await journeys.Tasks(limit, http.RequestAborted);
        http.Response.Headers.Vary = "Accept";
        return WantsPage(http.Request) ? WebPage.Html(http, AttentionPage.Of(open)) : new Tagged(AttentionView.Of(open));
    }

    async Task<JourneyRow?> Find(string id, HttpContext http) =>
        await journeys.Find(id, http.RequestAborted) is { } journey && http.User.MaySee(journey.Client) ? journey : null;

    static bool WantsPage(HttpRequest request) => request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    static IResult Unknown(string id, HttpContext http)
    {
        http.Response.Headers.RetryAfter = "1";
        return Problem.Of(StatusCodes.Status404NotFound,
            $"There is no journey of an order {id} of yours. If the order was accepted a moment ago, ask again in a second; otherwise check the number, and that you use the key of the client that placed it.");
    }
}

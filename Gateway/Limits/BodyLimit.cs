using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dovetail.Gateway.Limits;

/// <summary>Refuses a body that announces itself as too large before a role sees any of it. One that announces nothing is cut off while it is read.</summary>
/// <remarks>
/// The server's own limit would close the connection as soon as it is passed, and whoever is still sending then hears of that and not of the answer.
/// Passing this one is answered like anything else, and then the server reads the rest for a few seconds.
/// </remarks>
static class BodyLimit
{
    /// <summary>Bytes beyond the limit that are read and thrown away, so that whoever sends them comes to the answer.</summary>
    public const long Rest = 16 * 1024 * 1024;

    public static Task Check(HttpContext context, RequestDelegate next, GatewayOptions options)
    {
        if (GatewayRoute.Of(context)?.BodyLimit(options) is not { } most) return next(context);
        if (context.Request.ContentLength is { } announced)
        {
            return announced <= most ? next(context)
                : Problem.Write(context, StatusCodes.Status413PayloadTooLarge, $"The body has {announced} bytes; this path takes {most}. Send less at once.");
        }
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false) context.Request.Body = new LimitedBody(context.Request.Body, most);
        return next(context);
    }
}

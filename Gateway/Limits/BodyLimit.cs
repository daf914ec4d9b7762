using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Routing;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Limits;

/// <summary>Refuses a body that announces itself as too large before a role sees any of it. One that announces nothing is cut off while it is read.</summary>
static class BodyLimit
{
    public static Task Check(HttpContext context, RequestDelegate next, GatewayOptions options) =>
        GatewayRoute.Of(context)?.BodyLimit(options) is { } most && context.Request.ContentLength > most
            ? Problem.Write(context, StatusCodes.Status413PayloadTooLarge, $"The body has {context.Request.ContentLength} bytes; this path takes {most}. Send less at once.")
            : next(context);
}

using Microsoft.AspNetCore.Http;

namespace Dovetail.ServiceControl.Access;

/// <summary>A browser carries its session along whoever makes it ask. So what a form changes must come from a page of our own.</summary>
static class SameOrigin
{
    public static async ValueTask<object?> Guard(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next) =>
        HttpMethods.IsGet(invocation.HttpContext.Request.Method) || Allows(invocation.HttpContext.Request)
            ? await next(invocation)
            : Results.Problem(
                "This request came from another site and was not carried out. Open the page from this site and try again.",
                statusCode: StatusCodes.Status403Forbidden);

    /// <summary>Browsers leave out Sec-Fetch-Site on plain HTTP, and then say at least their origin.</summary>
    static bool Allows(HttpRequest request) => request.Headers["Sec-Fetch-Site"] is [{ } site]
        ? site == "same-origin"
        : request.Headers.Origin is [{ } origin] && string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
}

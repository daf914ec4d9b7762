using Dovetail.Gateway.Answers;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.SignIn;

/// <summary>A browser sends its cookie whoever made it ask. So what changes something must come from a page of our own.</summary>
static class SameOrigin
{
    public static Task Guard(HttpContext context, RequestDelegate next) =>
        IsSafe(context.Request.Method) || context.User.Identity?.AuthenticationType != CookieAuthenticationDefaults.AuthenticationScheme || Allows(context.Request)
            ? next(context)
            : Refuse(context);

    /// <summary>Browsers that tell neither where a request comes from are years old; refusing them is the safe side.</summary>
    public static bool Allows(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is [{ } site]
            ? site == "same-origin"
            : request.Headers.Origin is [{ } origin] && string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);

    public static Task Refuse(HttpContext context) => Problem.Write(
        context,
        StatusCodes.Status403Forbidden,
        "This request came from another site and was not carried out. Open the page from this site and try again; programs send a key instead of a cookie.");

    static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}

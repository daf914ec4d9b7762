using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Dovetail.Gateway.Answers;

/// <summary>Every "no" that the gateway says itself: as a problem of RFC 9457, or as a page to a person who came with a browser.</summary>
static class Problem
{
    public const string QuotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded";
    public const string ReducedCapacity = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

    public static string TraceId(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    public static Task Write(HttpContext context, int status, string detail, string? type = null, (string Name, object Value)? extra = null)
    {
        // Headers of an answer that was begun and given up would describe a body that never comes.
        context.Response.ContentLength = null;
        context.Response.Headers.Remove("Content-Encoding");
        context.Response.Headers.Remove("ETag");

        var title = ReasonPhrases.GetReasonPhrase(status);
        if (WantsPage(context.Request))
            return Page.Write(context, status, title, $"<p>{Page.Encode(detail)}</p><p class=\"quiet\">For support: {Page.Encode(TraceId(context))}</p>");

        var problem = new ProblemDetails { Type = type, Title = title, Status = status, Detail = detail };
        problem.Extensions["traceId"] = TraceId(context);
        if (extra is { } member)
            problem.Extensions[member.Name] = member.Value;

        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";

        // Not the request's token: when a timeout is what went wrong, that token has been cancelled already.
        return context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", CancellationToken.None);
    }

    /// <summary>Overload and absence pass: the sooner the caller knows when to come back, the less it hammers.</summary>
    public static Task WriteLater(HttpContext context, int status, TimeSpan retryAfter, string detail, string? type = null, (string Name, object Value)? extra = null)
    {
        context.Response.Headers.RetryAfter = ((int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Write(context, status, detail, type, extra);
    }

    public static bool WantsPage(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}

using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Answers;

/// <summary>What every answer carries, unless the role behind has said something stricter.</summary>
static class CommonHeaders
{
    public static Task Add(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers["X-Trace-Id"] = Problem.TraceId(context);
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";

            // Which scripts a page needs, only the role that wrote it knows; what no page needs is refused here.
            headers.ContentSecurityPolicy = Or(headers.ContentSecurityPolicy, "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'");

            // Answers differ by client. Revalidation by ETag stays possible.
            headers.CacheControl = Or(headers.CacheControl, "private, no-cache");
            if (context.Request.IsHttps)
                headers.StrictTransportSecurity = "max-age=31536000";

            return Task.CompletedTask;
        });

        return next(context);
    }

    static string Or(string? given, string otherwise) => string.IsNullOrEmpty(given) ? otherwise : given;
}

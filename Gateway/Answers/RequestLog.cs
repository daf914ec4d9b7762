using System.Security.Claims;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dovetail.Gateway.Answers;

/// <summary>One line for a request's fate. It names the route, never the path: a path may hold what only its owner shall know.</summary>
sealed partial class RequestLog(TimeProvider time, ILogger<RequestLog> logger)
{
    public async Task Write(HttpContext context, RequestDelegate next)
    {
        var start = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var status = context.Response.StatusCode;
            var level = status < 400 ? LogLevel.Debug : status < 500 ? LogLevel.Information : LogLevel.Warning;
            if (logger.IsEnabled(level))
            {
                var route = GatewayRoute.Of(context)?.Name ?? "gateway";
                var client = context.User.FindFirstValue(ClientClaims.Client) ?? "anonymous";
                var elapsed = time.GetElapsedTime(start).TotalMilliseconds;
                LogAnswered(level, context.Request.Method, route, client, status, elapsed);
            }
        }
    }

    [LoggerMessage(Message = "Answered {Method} on {Route} for {Client} with {Status} in {Elapsed:0.0} ms.")]
    partial void LogAnswered(LogLevel level, string method, string route, string client, int status, double elapsed);
}

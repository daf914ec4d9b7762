using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Shop.Idempotency;

/// <summary>202: safe with the hub, and on its way. Its parts are stored, so that a repeated request gets the same bytes.</summary>
sealed record Accepted(string Location, string Body) : IResult
{
    /// <summary>Whether this is the answer of an earlier request with the same key.</summary>
    public bool IsRepeated { get; init; }

    public static Accepted Of<T>(string location, T body) => new(location, JsonSerializer.Serialize(body, JsonSerializerOptions.Web));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.Headers.Location = Location;
        response.Headers.RetryAfter = "1";
        response.Headers.CacheControl = "no-store";
        if (IsRepeated) response.Headers["Idempotency-Replayed"] = "true";
        response.ContentType = "application/json; charset=utf-8";
        return response.WriteAsync(Body, httpContext.RequestAborted);
    }
}

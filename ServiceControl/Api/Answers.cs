using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Dovetail.ServiceControl.Api;

/// <summary>How lists and documents are answered.</summary>
static class Answers
{
    /// <summary>Clients look at this to know what they may ask for.</summary>
    public const string Version = "6.18.3";

    public static Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers["X-Particular-Version"] = Version;
        context.Response.Headers.CacheControl = "private, max-age=0";
        context.Response.Headers.Vary = "Accept";
        return next(context);
    }

    public static IResult Json<T>(T document) => Results.Json(document, ApiJson.Options);

    public static IResult NotFound() => Results.Problem(statusCode: StatusCodes.Status404NotFound);

    public static IResult BadRequest(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>One page of a list. Counts travel in headers only.</summary>
    public static async Task List<T>(HttpContext context, Paging? paging, IReadOnlyCollection<T> items, int total)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(items, ApiJson.Options);
        var headers = context.Response.Headers;
        var tag = Tag(json, total);
        headers["Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
        headers.ETag = tag;
        if (paging?.Links(context.Request, total).ToArray() is { Length: > 0 } links)
            headers.Link = links;

        if (context.Request.Headers.IfNoneMatch.Contains(tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = json.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    static string Tag(byte[] json, int total)
    {
        var hash = SHA256.HashData([.. json, .. Encoding.UTF8.GetBytes($"{total}")]);
        return $"\"{new Guid(hash.AsSpan(0, 16))}\"";
    }
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Dovetail.Endpoints.Shop;

/// <summary>The OpenAPI document of the orders API, docs/orders.openapi.json, as part of the program.</summary>
/// <remarks>It is written by hand: requests are read member by member, and the journey comes from another role, so nothing could generate it. Tests hold it to what the roles serve.</remarks>
static class ApiDocument
{
    const string Resource = "orders.openapi.json";

    static readonly byte[] Content = Read();
    static readonly EntityTagHeaderValue Tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 12))}\"");

    public static IResult Show(HttpContext http)
    {
        http.Response.Headers.CacheControl = "public, no-cache";
        return TypedResults.Bytes(Content, "application/json", entityTag: Tag);
    }

    static byte[] Read()
    {
        using var resource = typeof(ApiDocument).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not part of the program: its project must embed it. Build the hub anew.");
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return content.ToArray();
    }
}

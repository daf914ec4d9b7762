using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The fields of a request: clients of the real system send a form in which an entity is a JSON string, or a JSON object with such strings.</summary>
sealed class RetailCrmRequest
{
    readonly Dictionary<string, string> _fields = [];

    public string? this[string field] => _fields.GetValueOrDefault(field);

    public static async Task<RetailCrmRequest> Read(HttpRequest request)
    {
        var read = new RetailCrmRequest();
        foreach (var (name, value) in request.Query)
            read._fields[name] = value.ToString();

        if (request.HasFormContentType)
        {
            foreach (var (name, value) in await request.ReadFormAsync(request.HttpContext.RequestAborted))
                read._fields[name] = value.ToString();
        }
        else if (request.HasJsonContentType() && Parse(await Text(request)) is { } body)
        {
            foreach (var (name, value) in body)
                read._fields[name] = value is JsonValue scalar ? scalar.ToString() : value?.ToJsonString() ?? "";
        }

        return read;
    }

    /// <summary>The entity in a field; null when it is missing or is no JSON object.</summary>
    public JsonObject? Entity(string field) => this[field] is { } json ? Parse(json) : null;

    static JsonObject? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static async Task<string> Text(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>A call's parameters as one tree, wherever they came from: query, form or JSON body.</summary>
static class Bitrix24Parameters
{
    public static async Task<JsonObject> Read(HttpRequest request)
    {
        var tree = new JsonObject();
        foreach (var (name, values) in request.Query)
            PutAll(tree, name, values);

        if (request.HasFormContentType)
        {
            foreach (var (name, values) in await request.ReadFormAsync(request.HttpContext.RequestAborted))
                PutAll(tree, name, values);
        }
        else if (request.HasJsonContentType() && await Body(request) is JsonObject body)
        {
            foreach (var (name, value) in body)
                tree[name] = value?.DeepClone();
        }

        return (JsonObject)WithLists(tree);
    }

    static async Task<JsonNode?> Body(HttpRequest request)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            // As the portal does: a body that it can't read is no body.
            return null;
        }
    }

    /// <summary>The parameters of one command in a batch: a query string.</summary>
    public static JsonObject Read(string query)
    {
        var tree = new JsonObject();
        foreach (var (name, values) in QueryHelpers.ParseQuery(query))
            PutAll(tree, name, values);
        return (JsonObject)WithLists(tree);
    }

    static void PutAll(JsonObject tree, string name, StringValues values)
    {
        foreach (var value in values)
            Put(tree, name, value ?? "");
    }

    /// <summary><c>fields[PHONE][0][VALUE]=a</c>: brackets lead down the tree, an empty pair appends.</summary>
    static void Put(JsonObject tree, string name, string value)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        string[] path = open < 0 ? [name] : [name[..open], .. name[(open + 1)..].TrimEnd(']').Split("][")];
        var node = tree;
        foreach (var step in path[..^1])
        {
            if (node[Key(node, step)] is not JsonObject next)
                node[Key(node, step)] = next = [];
            node = next;
        }

        node[Key(node, path[^1])] = value;
    }

    static string Key(JsonObject node, string step) => step == "" ? $"{node.Count}" : step;

    static JsonNode WithLists(JsonNode node)
    {
        if (node is JsonArray array)
            return new JsonArray([.. array.Select(Child)]);
        if (node is not JsonObject tree)
            return node.DeepClone();

        var isList = tree.Count > 0 && tree.Select((member, index) => member.Key == $"{index}").All(same => same);
        return isList
            ? new JsonArray([.. tree.Select(member => Child(member.Value))])
            : new JsonObject(tree.Select(member => KeyValuePair.Create(member.Key, Child(member.Value))));
    }

    static JsonNode? Child(JsonNode? node) => node is null ? null : WithLists(node);
}

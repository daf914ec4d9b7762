using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>Pulls levers and shows what the stand-ins did. It asks for no key: the stand-ins hold nothing real.</summary>
static class Control
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/levers", (Levers levers) => levers.All());
        group.MapPost("/levers", (Lever lever, Levers levers) =>
        {
            levers.Pull(lever);
            return Results.Json(lever, statusCode: StatusCodes.Status201Created);
        });
        group.MapDelete("/levers", (Levers levers) => levers.Release());

        group.MapGet("/ledgers", (SandboxLedger ledger, string? order) => new JsonObject(
            ledger.Systems().Select(system => KeyValuePair.Create<string, JsonNode?>(system, Documents(ledger, system, order)))));
        group.MapGet("/ledgers/{system}", (SandboxLedger ledger, string system, string? order) => Documents(ledger, system, order));
    }

    static JsonArray Documents(SandboxLedger ledger, string system, string? order) => new(
        [.. ledger.Documents(system).Where(document => order is null || Names(document.Body, order)).Select(document => JsonNode.Parse(document.Body))]);

    /// <summary>Whether the order id stands in the document as a word of its own: "A-1" is not in "A-10".</summary>
    internal static bool Names(string body, string order)
    {
        for (var at = body.IndexOf(order, StringComparison.Ordinal); at >= 0; at = body.IndexOf(order, at + 1, StringComparison.Ordinal))
        {
            var end = at + order.Length;
            if ((at == 0 || !IsWord(body[at - 1])) && (end == body.Length || !IsWord(body[end])))
                return true;
        }

        return false;
    }

    static bool IsWord(char character) => char.IsLetterOrDigit(character) || character is '-' or '_';
}

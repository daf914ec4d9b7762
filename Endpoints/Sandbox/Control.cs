using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

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
        group.MapDelete("/levers", (Levers levers, string? match) => levers.Release(match));

        group.MapGet("/ledgers", (SandboxLedger ledger, string? order) => new JsonObject(
            ledger.Systems().Select(system => KeyValuePair.Create<string, JsonNode?>(system, Documents(ledger, system, order)))));
        group.MapGet("/ledgers/{system}", (SandboxLedger ledger, string system, string? order) => Documents(ledger, system, order));

        group.MapGet("/clock", (SandboxClock clock, SandboxLedger ledger) => clock.Advance(TimeSpan.Zero, ledger));
        group.MapPost("/clock", async (ClockAdvance advance, SandboxClock clock, SandboxLedger ledger) =>
        {
            if (advance.By <= TimeSpan.Zero)
                return Results.Text($"by is {advance.By}: a clock goes forward only; send a duration above zero, such as 7.00:00:00.", statusCode: StatusCodes.Status400BadRequest);

            var reading = clock.Advance(advance.By, ledger);
            await ledger.Flushed();
            return Results.Json(reading);
        });

        group.MapGet("", (SandboxLedger ledger, Levers levers, EndpointDataSource routes, string? order) =>
            Results.Content(ControlPage.Render(ledger, levers, Systems(routes), order is "" ? null : order), "text/html; charset=utf-8"));
        group.MapPost("/pull", async (HttpRequest request, Levers levers, CancellationToken cancellation) =>
        {
            levers.Pull(Read(await request.ReadFormAsync(cancellation)));
            return Results.Redirect("/control");
        });
        group.MapPost("/release", (Levers levers) =>
        {
            levers.Release();
            return Results.Redirect("/control");
        });
    }

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

    static JsonArray Documents(SandboxLedger ledger, string system, string? order) => new(
        [.. ledger.Documents(system).Where(document => order is null || Names(document.Body, order)).Select(document => JsonNode.Parse(document.Body))]);

    static bool IsWord(char character) => char.IsLetterOrDigit(character) || character is '-' or '_';

    /// <summary>All that have routes; mail, which has none; and what is told to others.</summary>
    static IEnumerable<string> Systems(EndpointDataSource routes) => routes.Endpoints
        .OfType<RouteEndpoint>()
        .Select(route => route.RoutePattern.PathSegments is [{ Parts: [RoutePatternLiteralPart first] }, ..] ? first.Content : "control")
        .Concat(["mail", "cdek-webhooks", "stripe-webhooks", "telegram-webhooks", "yookassa-webhooks"])
        .Where(system => system != "control")
        .Distinct()
        .Order(StringComparer.Ordinal);

    static Lever Read(IFormCollection form)
    {
        string? Text(string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

        return new(
            Text("system") ?? "",
            JsonSerializer.Deserialize<LeverEffect>(JsonSerializer.Serialize(Text("effect"))),
            Text("match"),
            Text("call"),
            int.TryParse(Text("times"), CultureInfo.InvariantCulture, out var times) ? times : null,
            double.TryParse(Text("seconds"), CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null,
            Text("reason"),
            double.TryParse(Text("chance"), CultureInfo.InvariantCulture, out var percent) ? percent / 100 : null);
    }
}

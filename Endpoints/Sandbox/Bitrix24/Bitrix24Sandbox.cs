using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>A Bitrix24 portal as an inbound webhook sees it: contacts, deals and the search for duplicates.</summary>
/// <remarks>It knows no idempotency: who adds the same deal twice has two.</remarks>
sealed class Bitrix24Sandbox(SandboxLedger ledger, Levers levers, IOptions<Bitrix24Limits> limits, TimeProvider time)
{
    public const string Name = "bitrix24";
    public const string Code = "sandbox-code";

    readonly LeakyBucket _bucket = new(limits.Value, time);
    readonly Bitrix24Entities _deals = new(Name, ledger, time);
    readonly Bitrix24Entities _contacts = new("bitrix24-contacts", ledger, time);

    public void Map(RouteGroupBuilder portal)
    {
        portal.WithMetadata(new VendorFault(new { error = "INTERNAL_SERVER_ERROR", error_description = "Internal server error" }));
        portal.MapMethods("/rest/1/{code}/{method}", [HttpMethods.Get, HttpMethods.Post], Call);
    }

    async Task<IResult> Call(HttpContext http, string code, string method)
    {
        if (code != Code)
            return Refused(401, "NO_AUTH_FOUND", "Wrong authorization data");
        if (!_bucket.Takes())
            return Refused(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
        if (levers.Refusal(Name, http, "Access denied.") is { } reason)
            return Refused(403, "ACCESS_DENIED", reason);

        var (status, body) = Do(method, await Bitrix24Parameters.Read(http.Request));
        return Results.Json(body, statusCode: status);
    }

    (int Status, JsonObject Body) Do(string method, JsonObject parameters)
    {
        var name = method.ToLowerInvariant();
        return (name.EndsWith(".json", StringComparison.Ordinal) ? name[..^5] : name) switch
        {
            "batch" => Answer(new JsonObject { ["result"] = Bitrix24Batch.Run(parameters, Do) }),
            "crm.contact.add" => Result(_contacts.Add(ContactDefaults(), Fields(parameters))),
            "crm.contact.update" => Update(_contacts, parameters),
            "crm.contact.get" => Get(_contacts, parameters),
            "crm.contact.list" => List(_contacts, parameters),
            "crm.deal.add" => Result(_deals.Add(DealDefaults(), Fields(parameters))),
            "crm.deal.update" => Update(_deals, parameters),
            "crm.deal.get" => Get(_deals, parameters),
            "crm.deal.list" => List(_deals, parameters),
            "crm.duplicate.findbycomm" => Duplicates(parameters),
            "crm.status.list" => Statuses(parameters),
            _ => Error(404, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
        };
    }

    static JsonObject ContactDefaults() => new() { ["TYPE_ID"] = "CLIENT", ["OPENED"] = "N", ["NAME"] = "", ["LAST_NAME"] = "" };

    static JsonObject DealDefaults() => new()
    {
        ["TITLE"] = "", ["STAGE_ID"] = "NEW", ["CATEGORY_ID"] = "0", ["OPPORTUNITY"] = "0.00", ["CURRENCY_ID"] = "RUB", ["OPENED"] = "N", ["CONTACT_ID"] = "0",
    };

    (int Status, JsonObject Body) Get(Bitrix24Entities entities, JsonObject parameters) =>
        entities.Find(Id(parameters)) is { } entity ? Result(entity.DeepClone()) : Error(400, "", "Not found");

    (int Status, JsonObject Body) Update(Bitrix24Entities entities, JsonObject parameters) =>
        entities.Update(Id(parameters), Fields(parameters)) ? Result(true) : Error(400, "", "Not found");

    (int Status, JsonObject Body) List(Bitrix24Entities entities, JsonObject parameters)
    {
        var (page, total, next) = Bitrix24List.Of(entities.All(), parameters);
        var answer = new JsonObject { ["result"] = page, ["total"] = total };
        if (next is not null)
            answer["next"] = next;
        return Answer(answer);
    }

    (int Status, JsonObject Body) Duplicates(JsonObject parameters)
    {
        var type = Bitrix24Entities.Text(parameters["type"]);
        if (type is not ("PHONE" or "EMAIL"))
            return Error(400, "", "Communication type is not supported in current context");

        var wanted = (parameters["values"] as JsonArray ?? []).Select(value => Plain(type, Bitrix24Entities.Text(value))).ToHashSet();
        var found = _contacts.All()
            .Where(contact => (contact[type] as JsonArray ?? []).Any(entry => wanted.Contains(Plain(type, Bitrix24Entities.Text(entry?["VALUE"])))))
            .Select(contact => (JsonNode?)int.Parse(Bitrix24Entities.Text(contact["ID"]), CultureInfo.InvariantCulture))
            .ToArray();

        // PHP on the other side: an empty dictionary is an empty list.
        return Result(found.Length == 0 ? new JsonArray() : new JsonObject { ["CONTACT"] = new JsonArray(found) });
    }

    (int Status, JsonObject Body) Statuses(JsonObject parameters)
    {
        string[] stages = Bitrix24Entities.Text(parameters["filter"]?["ENTITY_ID"]) == "DEAL_STAGE"
            ? ["NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "WON", "LOSE", "APOLOGY"]
            : [];
        return Answer(new JsonObject
        {
            ["result"] = new JsonArray([.. stages.Select((stage, index) => new JsonObject
            {
                ["ID"] = $"{index + 1}", ["ENTITY_ID"] = "DEAL_STAGE", ["STATUS_ID"] = stage, ["NAME"] = stage, ["SORT"] = $"{index + 1}0",
            })]),
            ["total"] = stages.Length,
        });
    }

    /// <summary>A phone is its digits, an address has no case.</summary>
    static string Plain(string type, string value) => type == "PHONE" ? string.Concat(value.Where(char.IsAsciiDigit)) : value.Trim().ToLowerInvariant();

    static JsonObject Fields(JsonObject parameters) => parameters["fields"] as JsonObject ?? [];

    static int Id(JsonObject parameters) => (int)Bitrix24Entities.Number(Bitrix24Entities.Text(parameters["id"] ?? parameters["ID"]));

    (int Status, JsonObject Body) Result(JsonNode? result) => Answer(new JsonObject { ["result"] = result });

    (int Status, JsonObject Body) Answer(JsonObject answer)
    {
        var now = time.GetUtcNow();
        var instant = now.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        var seconds = now.ToUnixTimeMilliseconds() / 1000m;
        answer["time"] = new JsonObject
        {
            ["start"] = seconds, ["finish"] = seconds, ["duration"] = 0.001m, ["processing"] = 0.001m,
            ["date_start"] = instant, ["date_finish"] = instant, ["operating_reset_at"] = now.ToUnixTimeSeconds() + 600, ["operating"] = 0,
        };
        return (200, answer);
    }

    static (int Status, JsonObject Body) Error(int status, string error, string description) =>
        (status, new JsonObject { ["error"] = error, ["error_description"] = description });

    static IResult Refused(int status, string error, string description) => Results.Json(Error(status, error, description).Body, statusCode: status);
}

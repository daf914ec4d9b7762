using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>A Bitrix24 portal as an inbound webhook sees it, or an application: contacts, deals, the search for duplicates; for the latter offline events too.</summary>
/// <remarks>
/// It knows no idempotency: who adds the same deal twice has two. The sales people are played over the control API:
/// <c>POST /control/bitrix24/orders/A-1/deal</c> with <c>{ "stage": "LOSE" }</c>, or <c>{ "amount": 10 }</c>, or both.
/// </remarks>
sealed class Bitrix24Sandbox(SandboxLedger ledger, Levers levers, Bitrix24Application application, Bitrix24Events events, IOptions<Bitrix24Limits> limits, TimeProvider time)
{
    public const string Name = "bitrix24";
    public const string Code = "sandbox-code";

    readonly LeakyBucket _bucket = new(limits.Value, time);
    readonly Bitrix24Entities _deals = new(Name, ledger, time);
    readonly Bitrix24Entities _contacts = new("bitrix24-contacts", ledger, time);

    public void Map(RouteGroupBuilder portal)
    {
        portal.WithMetadata(new VendorFault(new { error = "INTERNAL_SERVER_ERROR", error_description = "Internal server error" }));
        string[] methods = [HttpMethods.Get, HttpMethods.Post];
        portal.MapMethods("/rest/1/{code}/{method}", methods, (HttpContext http, string code, string method) => Call(http, method, _ => code == Code ? null : "NO_AUTH_FOUND", isApplication: false));
        portal.MapMethods("/rest/{method}", methods, (HttpContext http, string method) => Call(http, method, application.Fault, isApplication: true));
        portal.MapMethods("/oauth/token", methods, (Delegate)application.Renew);
    }

    /// <summary>What the sales people do.</summary>
    public void MapControl(RouteGroupBuilder group)
    {
        group.MapPost("/orders/{order}/deal", async (string order, DealByHand change) =>
        {
            var deal = Move(order, change);
            await ledger.Flushed();
            return deal is null ? Results.NotFound() : Results.Json(deal);
        });
        group.MapPost("/deal", async (HttpRequest request, CancellationToken cancellation) =>
        {
            var form = await request.ReadFormAsync(cancellation);
            Move(form["order"].ToString().Trim(), new(form["stage"], decimal.TryParse(form["amount"], CultureInfo.InvariantCulture, out var amount) ? amount : null));
            return Results.Redirect("/control");
        });
    }

    JsonObject? Move(string order, DealByHand change)
    {
        if (_deals.All().FirstOrDefault(deal => Bitrix24Entities.Text(deal["ORIGIN_ID"]) == order) is not { } deal)
            return null;

        var fields = new JsonObject();
        if (!string.IsNullOrWhiteSpace(change.Stage))
            fields["STAGE_ID"] = change.Stage.Trim();
        if (change.Amount is { } amount)
            fields["OPPORTUNITY"] = amount;
        return Change(int.Parse(Bitrix24Entities.Text(deal["ID"]), CultureInfo.InvariantCulture), fields, connector: "");
    }

    JsonObject? Change(int id, JsonObject fields, string connector)
    {
        if (!_deals.Update(id, fields))
            return null;
        events.Happened("ONCRMDEALUPDATE", id, connector);
        return _deals.Find(id);
    }

    async Task<IResult> Call(HttpContext http, string method, Func<string, string?> fault, bool isApplication)
    {
        var parameters = await Bitrix24Parameters.Read(http.Request);
        if (fault(Bitrix24Entities.Text(parameters["auth"])) is { } wrong)
            return Refused(401, wrong, wrong == "expired_token" ? "The access token provided has expired." : "Wrong authorization data");
        if (!_bucket.Takes())
            return Refused(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
        if (levers.Refusal(Name, http, "Access denied.") is { } reason)
            return Refused(403, "ACCESS_DENIED", reason);

        var (status, body) = Do(method, parameters, isApplication);
        return Results.Json(body, statusCode: status);
    }

    (int Status, JsonObject Body) Do(string method, JsonObject parameters, bool isApplication)
    {
        var name = method.ToLowerInvariant();
        name = name.EndsWith(".json", StringComparison.Ordinal) ? name[..^5] : name;
        if (name.StartsWith("event.", StringComparison.Ordinal))
            return isApplication ? Events(name, parameters) : Error(403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method Application context required");

        return name switch
        {
            "batch" => Answer(new JsonObject { ["result"] = Bitrix24Batch.Run(parameters, (command, own) => Do(command, own, isApplication)) }),
            "crm.contact.add" => Result(_contacts.Add(ContactDefaults(), Fields(parameters))),
            "crm.contact.update" => Update(_contacts, parameters),
            "crm.contact.get" => Get(_contacts, parameters),
            "crm.contact.list" => List(Bitrix24List.Of(_contacts.All(), parameters)),
            "crm.deal.add" => Result(_deals.Add(DealDefaults(), Fields(parameters))),
            "crm.deal.update" => Change(Id(parameters), Fields(parameters), Bitrix24Entities.Text(parameters["auth_connector"])) is null ? Error(400, "", "Not found") : Result(true),
            "crm.deal.get" => Get(_deals, parameters),
            "crm.deal.list" => List(Bitrix24List.Of(_deals.All(), parameters)),
            "crm.duplicate.findbycomm" => Duplicates(parameters),
            "crm.status.list" => Statuses(parameters),
            _ => Error(404, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
        };
    }

    (int Status, JsonObject Body) Events(string name, JsonObject parameters) => name switch
    {
        "event.bind" => Ended(events.Bind(parameters)),
        "event.unbind" => Result(events.Unbind(parameters)),
        "event.get" => Result(events.Bound()),
        "event.offline.get" => Result(events.Take(parameters)),
        "event.offline.list" => List(events.List(parameters)),
        "event.offline.clear" => Ended(events.End(parameters, failed: false)),
        "event.offline.error" => Ended(events.End(parameters, failed: true)),
        _ => Error(404, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
    };

    (int Status, JsonObject Body) Ended((int Status, JsonNode? Result, string Error) end) =>
        end.Status == 200 ? Result(end.Result) : Error(end.Status, Bitrix24Entities.Text(end.Result), end.Error);

    static JsonObject ContactDefaults() => new() { ["TYPE_ID"] = "CLIENT", ["OPENED"] = "N", ["NAME"] = "", ["LAST_NAME"] = "" };

    static JsonObject DealDefaults() => new()
    {
        ["TITLE"] = "", ["STAGE_ID"] = "NEW", ["CATEGORY_ID"] = "0", ["OPPORTUNITY"] = "0.00", ["CURRENCY_ID"] = "RUB", ["OPENED"] = "N", ["CONTACT_ID"] = "0",
    };

    (int Status, JsonObject Body) Get(Bitrix24Entities entities, JsonObject parameters) =>
        entities.Find(Id(parameters)) is { } entity ? Result(entity.DeepClone()) : Error(400, "", "Not found");

    (int Status, JsonObject Body) Update(Bitrix24Entities entities, JsonObject parameters) =>
        entities.Update(Id(parameters), Fields(parameters)) ? Result(true) : Error(400, "", "Not found");

    (int Status, JsonObject Body) List((JsonArray Page, int Total, int? Next) found)
    {
        var (page, total, next) = found;
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

/// <summary>What a person changes in a deal.</summary>
sealed record DealByHand(string? Stage = null, decimal? Amount = null);

using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The answers of the order management system, shape for shape.</summary>
static class RetailCrmAnswers
{
    public static object InternalError { get; } = new { success = false, errorMsg = "Internal error" };

    public static IResult Success(JsonObject body, int status = StatusCodes.Status200OK)
    {
        body.Insert(0, "success", true);
        return Results.Json(body, statusCode: status);
    }

    public static IResult Error(int status, string message, params IEnumerable<(string Field, string Text)> faults)
    {
        var body = new JsonObject { ["success"] = false, ["errorMsg"] = message };
        var errors = new JsonObject(faults.Select(fault => KeyValuePair.Create<string, JsonNode?>(fault.Field, fault.Text)));
        if (errors.Count > 0)
            body["errors"] = errors;

        return Results.Json(body, statusCode: status);
    }

    public static IResult NotFound() => Error(StatusCodes.Status404NotFound, "Not found");

    /// <summary>The order as it is read.</summary>
    public static JsonObject Order(RetailCrmOrder order)
    {
        var json = (JsonObject)order.Members.DeepClone();
        json["id"] = order.Id;
        json["externalId"] = order.ExternalId;
        json["site"] = order.Site;
        json["status"] = order.Status;
        json["statusUpdatedAt"] = Instant(order.StatusSince);

        var sum = order.LiveItems.Sum(item => (Amount(item["initialPrice"]) - Amount(item["discountTotal"])) * Amount(item["quantity"]));
        json["summ"] = sum;
        json["totalSumm"] = sum - Amount(json["discountManualAmount"]) + Amount(json["delivery"]?["cost"]);

        // Written as an array and read as an object by id; an empty one is an array again, as PHP writes it.
        json["payments"] = json["payments"] is JsonObject { Count: > 0 } payments ? payments.DeepClone() : new JsonArray();
        return json;
    }

    public static JsonObject Change(RetailCrmOrder order, RetailCrmChange change)
    {
        var json = new JsonObject
        {
            ["id"] = change.Id,
            ["createdAt"] = Instant(change.At),
            ["source"] = change.Source,
            ["field"] = change.Field,
            ["oldValue"] = Code(change.OldValue),
            ["newValue"] = Code(change.NewValue),
            ["order"] = new JsonObject { ["id"] = order.Id, ["externalId"] = order.ExternalId, ["site"] = order.Site, ["status"] = order.Status },
        };
        if (change.OldValue is null && change.Field == "status")
            json["created"] = true;
        if (change.Source == "api")
            json["apiKey"] = new JsonObject { ["current"] = true };

        return json;
    }

    /// <summary>The account's own time, here UTC, without an offset.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    static decimal Amount(JsonNode? number) => number is null ? 0 : decimal.Parse(number.ToString(), CultureInfo.InvariantCulture);

    static JsonObject? Code(string? value) => value is null ? null : new JsonObject { ["code"] = value };
}

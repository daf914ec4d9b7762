using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Cdek;

/// <summary>The carrier's answers, shape for shape.</summary>
static class CdekAnswers
{
    public static object InternalError { get; } =
        new { requests = new[] { new { type = "GET", state = "INVALID", errors = new[] { new { code = "v2_internal_error", message = "Internal error" } } } } };

    /// <summary>Clients of the real carrier read errors only when the content type has no charset.</summary>
    public static IResult Json(JsonNode body, int status = StatusCodes.Status200OK) => new Answer(body, status);

    public static IResult Accepted(string uuid, string type, DateTimeOffset at) => Json(
        new JsonObject
        {
            ["entity"] = new JsonObject { ["uuid"] = uuid },
            ["requests"] = new JsonArray(Request(type, "ACCEPTED", at)),
            ["related_entities"] = new JsonArray(),
        },
        StatusCodes.Status202Accepted);

    public static IResult Invalid(string type, DateTimeOffset at, params IEnumerable<CdekFault> faults) => Json(
        new JsonObject { ["requests"] = new JsonArray(Request(type, "INVALID", at, faults)) }, StatusCodes.Status400BadRequest);

    public static IResult OAuthError(string error, string description) =>
        Json(new JsonObject { ["error"] = error, ["error_description"] = description }, StatusCodes.Status401Unauthorized);

    public static IResult Order(CdekOrder order, CdekWalk walk, DateTimeOffset now)
    {
        var requests = new JsonArray(Request("CREATE", walk.CreationState(order, now), order.TakenAt, Faults(order, walk, now)));
        if (order.DeletionAskedAt is { } asked)
            requests.Add(Request("DELETE", walk.DeletionState(asked, now), asked));

        var entity = (JsonObject)order.Request.DeepClone();
        entity["uuid"] = order.Uuid;
        entity["is_return"] = false;
        entity["is_reverse"] = false;
        entity["is_client_return"] = false;
        entity["statuses"] = new JsonArray([.. order.Statuses.Select(Status)]);
        entity["delivery_problem"] = new JsonArray();
        if (walk.CreationState(order, now) == "SUCCESSFUL")
            entity["cdek_number"] = order.CdekNumber;

        return Json(new JsonObject { ["entity"] = entity, ["requests"] = requests, ["related_entities"] = new JsonArray() });
    }

    static IEnumerable<CdekFault> Faults(CdekOrder order, CdekWalk walk, DateTimeOffset now) =>
        order.Fault is { } fault && walk.CreationState(order, now) == "INVALID" ? [fault] : [];

    static JsonObject Request(string type, string state, DateTimeOffset at, params IEnumerable<CdekFault> faults) => new()
    {
        ["request_uuid"] = Guid.NewGuid().ToString(),
        ["type"] = type,
        ["date_time"] = Instant(at),
        ["state"] = state,
        ["errors"] = new JsonArray([.. faults.Select(fault => new JsonObject { ["code"] = fault.Code, ["message"] = fault.Message })]),
        ["warnings"] = new JsonArray(),
    };

    static JsonObject Status(CdekStatus status)
    {
        var json = new JsonObject
        {
            ["code"] = status.Code,
            ["name"] = status.Name,
            ["date_time"] = Instant(status.At),
            ["city"] = status.City,
            ["deleted"] = false,
        };
        if (status.ReasonCode is { } reason)
            json["reason_code"] = reason.ToString(CultureInfo.InvariantCulture);

        return json;
    }

    /// <summary>Whole seconds and an offset without a colon.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+0000'", CultureInfo.InvariantCulture);

    sealed class Answer(JsonNode body, int status) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
        }
    }
}

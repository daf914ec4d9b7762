using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Sandbox.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Cdek;

/// <summary>Who wants to be told of shipments, and what is told.</summary>
/// <remarks>At most two subscriptions of a type. One that is answered with anything but 200 ends a day later; an address that does not answer at all loses all of its own.</remarks>
sealed class CdekNews
{
    const string System = "cdek-subscriptions";
    const string OrderStatus = "ORDER_STATUS";
    const int MostOfAType = 2;

    static readonly string[] Types =
    [
        OrderStatus, "PRINT_FORM", "PREALERT_CLOSED", "ACCOMPANYING_WAYBILL", "OFFICE_AVAILABILITY", "ORDER_MODIFIED", "DELIV_AGREEMENT", "DELIV_PROBLEM", "COURIER_INFO",
    ];

    readonly SandboxLedger _ledger;
    readonly WebhookPost _post;
    readonly CdekSandboxOptions _options;
    readonly TimeProvider _time;

    public CdekNews(SandboxLedger ledger, WebhookPost post, IOptions<CdekSandboxOptions> options, TimeProvider time)
    {
        (_ledger, _post, _options, _time) = (ledger, post, options.Value, time);
        post.Attempted += Attempted;
    }

    public void Map(RouteGroupBuilder group)
    {
        group.MapPost("", Subscribe);
        group.MapGet("", () => CdekAnswers.Json(new JsonArray([.. Living().Select(Wire)])));
        group.MapGet("/{uuid}", (string uuid) => Find(uuid) is { } subscription
            ? CdekAnswers.Json(new JsonObject { ["entity"] = Wire(subscription), ["requests"] = new JsonArray() })
            : NotFound("GET", uuid));
        group.MapDelete("/{uuid}", Unsubscribe);
    }

    public void Tell(CdekOrder order, CdekStatus status)
    {
        if (StatusCode(status.Code) is not { } number)
            return;

        var now = _time.GetUtcNow();
        var body = new JsonObject
        {
            ["type"] = OrderStatus,
            ["date_time"] = CdekAnswers.Instant(now),
            ["uuid"] = order.Uuid,
            ["attributes"] = new JsonObject
            {
                ["is_return"] = false, ["is_reverse"] = false, ["is_client_return"] = false,
                ["cdek_number"] = order.CdekNumber, ["number"] = order.Number,
                ["code"] = status.Code, ["status_code"] = number, ["status_reason_code"] = status.ReasonCode?.ToString(CultureInfo.InvariantCulture) ?? "",
                ["status_date_time"] = CdekAnswers.Instant(status.At), ["city_name"] = status.City, ["related_entities"] = new JsonArray(), ["deleted"] = false,
            },
        }.ToJsonString();
        foreach (var subscription in Living().Where(subscription => subscription.Type == OrderStatus))
            _post.Send(CdekSandbox.System, status.Code, $"{subscription.Uuid}/{order.Uuid}/{status.Code}", body, subscription.Url);
    }

    async Task<IResult> Subscribe(HttpRequest request, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var wish = await Body(request, cancellation);
        if (!Uri.TryCreate(wish?.Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return CdekAnswers.Invalid("CREATE", now, new CdekFault("v2_invalid_format", "Field [url] has an invalid format"));
        if (!Types.Contains(wish?.Type))
            return CdekAnswers.Invalid("CREATE", now, new CdekFault("v2_invalid_value_type", "Field [type] has an invalid value"));
        if (Living().Count(subscription => subscription.Type == wish!.Type) >= MostOfAType)
            return CdekAnswers.Invalid("CREATE", now, new CdekFault("v2_entity_forbidden", $"There are {MostOfAType} subscriptions of the type {wish!.Type} already"));

        var created = new CdekSubscription(Guid.NewGuid().ToString(), wish!.Type!, address, now);
        _ledger.Save(System, created.Uuid, created);
        return CdekAnswers.Accepted(created.Uuid, "CREATE", now);
    }

    IResult Unsubscribe(string uuid)
    {
        if (Find(uuid) is not { } subscription)
            return NotFound("DELETE", uuid);
        End(subscription, _time.GetUtcNow());
        return CdekAnswers.Accepted(uuid, "DELETE", _time.GetUtcNow());
    }

    void Attempted(SandboxWebhook webhook)
    {
        if (webhook.Vendor != CdekSandbox.System || webhook.IsDelivered)
            return;

        var now = _time.GetUtcNow();
        if (webhook.Answers[^1] != 0)
        {
            if (Find(webhook.Id.Split('/')[0]) is { EndsAt: null } refused)
                End(refused, now + _options.SubscriptionGrace);
        }
        else if (webhook.Answers.Count == WebhookPost.CdekAttempts)
        {
            foreach (var silent in Living().Where(subscription => subscription.Url == webhook.Address))
                End(silent, now);
        }
    }

    void End(CdekSubscription subscription, DateTimeOffset at) => _ledger.Save(System, subscription.Uuid, subscription with { EndsAt = at });

    CdekSubscription? Find(string uuid) => Living().FirstOrDefault(subscription => subscription.Uuid == uuid);

    IEnumerable<CdekSubscription> Living() => _ledger.All<CdekSubscription>(System).Where(subscription => !(subscription.EndsAt <= _time.GetUtcNow()));

    IResult NotFound(string type, string uuid) =>
        CdekAnswers.Invalid(type, _time.GetUtcNow(), new CdekFault("v2_entity_not_found", $"Entity is not found by uuid {uuid}"));

    static JsonObject Wire(CdekSubscription subscription) =>
        new() { ["uuid"] = subscription.Uuid, ["type"] = subscription.Type, ["url"] = subscription.Url.AbsoluteUri };

    static async Task<Wish?> Body(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<Wish>(request.Body, JsonSerializerOptions.Web, cancellation);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Null for what is not told.</summary>
    static string? StatusCode(string code) => code switch
    {
        "CREATED" => "1",
        "REMOVED" => "2",
        "RECEIVED_AT_SHIPMENT_WAREHOUSE" => "3",
        "DELIVERED" => "4",
        "NOT_DELIVERED" => "5",
        "TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY" => "7",
        "SENT_TO_RECIPIENT_CITY" => "8",
        "ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE" => "10",
        "TAKEN_BY_COURIER" => "11",
        "ACCEPTED_AT_PICK_UP_POINT" => "12",
        _ => null,
    };

    sealed record Wish(string? Url, string? Type);
}

/// <summary>Somebody who wants to be told.</summary>
/// <param name="EndsAt">Null: not as things stand.</param>
sealed record CdekSubscription(string Uuid, string Type, Uri Url, DateTimeOffset Since, DateTimeOffset? EndsAt = null);

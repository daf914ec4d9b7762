using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>Bitrix24's REST API through an inbound webhook. All by POST: what is looked for is personal data and must not stand in addresses.</summary>
sealed class Bitrix24Client(HttpClient http, Bitrix24Pace pace, IOptions<Bitrix24Options> options)
{
    static readonly string[] DealFields = ["ID", "STAGE_ID", "OPPORTUNITY", "CURRENCY_ID", "CONTACT_ID"];

    /// <summary>The oldest deal that carries our order's id.</summary>
    public async Task<Deal?> FindDealOfOrder(string orderId, CancellationToken cancellation)
    {
        var found = await Call("crm.deal.list", new
        {
            filter = new { ORIGINATOR_ID = options.Value.Originator, ORIGIN_ID = orderId }, select = DealFields, order = new { ID = "ASC" },
        }, repeatable: true, cancellation);
        return found.EnumerateArray().Select(Deal.Read).FirstOrDefault();
    }

    public async Task<Deal?> FindDeal(string id, CancellationToken cancellation)
    {
        try
        {
            return Deal.Read(await Call("crm.deal.get", new { id }, repeatable: true, cancellation));
        }
        catch (Bitrix24NotFoundException)
        {
            return null;
        }
    }

    public async Task<string> AddDeal(Dictionary<string, object> fields, CancellationToken cancellation) =>
        Text(await Call("crm.deal.add", new { fields }, repeatable: false, cancellation));

    /// <summary>Fields are set to values, so doing it twice does no harm.</summary>
    public Task UpdateDeal(string id, Dictionary<string, object> fields, CancellationToken cancellation) =>
        Call("crm.deal.update", new { id, fields }, repeatable: true, cancellation);

    /// <param name="type">PHONE or EMAIL.</param>
    public async Task<string?> FindContact(string type, string value, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;

        // PHP on the other side: nothing found is an empty list instead of an empty object.
        var found = await Call("crm.duplicate.findbycomm", new { type, values = new[] { value }, entity_type = "CONTACT" }, repeatable: true, cancellation);
        return found.ValueKind == JsonValueKind.Object && found.TryGetProperty("CONTACT", out var ids) && ids.GetArrayLength() > 0 ? Text(ids[0]) : null;
    }

    public async Task<string> AddContact(Customer customer, string originator, CancellationToken cancellation) => Text(await Call("crm.contact.add", new
    {
        fields = new
        {
            NAME = customer.Name, TYPE_ID = "CLIENT", OPENED = "Y",
            PHONE = new[] { new { VALUE = customer.Phone, VALUE_TYPE = "MOBILE" } }, EMAIL = new[] { new { VALUE = customer.Email, VALUE_TYPE = "HOME" } },
            ORIGINATOR_ID = originator, ORIGIN_ID = customer.CustomerId,
        },
    }, repeatable: false, cancellation));

    /// <summary>The funnel's stages: a cheap read that needs the same rights.</summary>
    public Task Stages(CancellationToken cancellation) => Call("crm.status.list", new { filter = new { ENTITY_ID = "DEAL_STAGE" } }, repeatable: true, cancellation);

    async Task<JsonElement> Call(string method, object parameters, bool repeatable, CancellationToken cancellation)
    {
        await pace.Turn(cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Post, method) { Content = JsonContent.Create(parameters, options: Bitrix24Options.Json) };
        if (repeatable)
            Resilience.MarkRepeatable(request);

        using var response = await http.SendAsync(request, cancellation);
        var answer = await Read(response, cancellation);
        if (response.IsSuccessStatusCode && answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("result", out var result))
            return result;

        throw Failure(method, response.StatusCode, Member(answer, "error"), Member(answer, "error_description"));
    }

    static async Task<JsonElement> Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        }
        catch (JsonException)
        {
            // A gateway's error page.
            return default;
        }
    }

    static Exception Failure(string method, HttpStatusCode status, string error, string description) => (status, error) switch
    {
        (HttpStatusCode.BadRequest, "") when description.Contains("not found", StringComparison.OrdinalIgnoreCase) => new Bitrix24NotFoundException(),
        (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError, _)
            or (_, "QUERY_LIMIT_EXCEEDED" or "OVERLOAD_LIMIT") => new HttpRequestException(
                $"Bitrix24 could not do {method}: {(int)status} {error} \"{description}\". The message is tried again.", null, status),
        _ => new RejectedException(
            $"Bitrix24 does not do {method}: {(int)status} {error} \"{description}\". Asking again gives the same answer. " +
            "Check Crm:Bitrix24 (BaseAddress, UserId, Code) and the webhook's rights (crm), then retry the message."),
    };

    static string Member(JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var value) ? Text(value) : "";

    // Ids come as numbers from some methods and as strings from others.
    static string Text(JsonElement value) => value.ToString();
}

/// <summary>Section <c>Crm:Bitrix24</c>.</summary>
/// <remarks>The inbound webhook <c>https://portal/rest/1/code/</c> has the base address <c>https://portal/rest</c>, the user id 1, and its code.</remarks>
sealed class Bitrix24Options : ConnectorOptions
{
    /// <summary>The CRM's field names are sent as they stand.</summary>
    internal static readonly JsonSerializerOptions Json = new();

    public string? UserId { get; set; }

    /// <summary>The webhook's secret.</summary>
    public string? Code { get; set; }

    /// <summary>Names this hub in the deals that it adds.</summary>
    public string Originator { get; set; } = "dovetail";

    /// <summary>Number of the funnel; 0 is the default one.</summary>
    public int Category { get; set; }

    /// <summary>How many requests a second the portal takes in the long run, and how many at once before that counts.</summary>
    public double PerSecond { get; set; } = 2;

    public int Burst { get; set; } = 50;

    /// <summary>How long the portal may work on a request that nobody waits for any more.</summary>
    public TimeSpan LongestRequest { get; set; } = TimeSpan.FromSeconds(60);

    protected override IEnumerable<(string Key, string? Value)> Required() => [(nameof(UserId), UserId), (nameof(Code), Code)];
}

/// <summary>A deal as far as we write it.</summary>
sealed record Deal(string Id, string Stage, decimal Amount, string Currency, bool HasContact)
{
    public static Deal Read(JsonElement deal) => new(
        deal.GetProperty("ID").ToString(), deal.GetProperty("STAGE_ID").ToString(), Number(deal, "OPPORTUNITY"),
        deal.TryGetProperty("CURRENCY_ID", out var currency) ? currency.ToString() : "", Number(deal, "CONTACT_ID") != 0);

    static decimal Number(JsonElement deal, string name) =>
        deal.TryGetProperty(name, out var value) && decimal.TryParse(value.ToString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
}

/// <summary>The portal has nothing under this id.</summary>
sealed class Bitrix24NotFoundException() : Exception("Bitrix24 has nothing under this id any more. The message is tried again and looks for it anew.");

sealed class Bitrix24Health(Bitrix24Client bitrix) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await bitrix.Stages(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

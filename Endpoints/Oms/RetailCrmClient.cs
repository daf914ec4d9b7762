using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Oms;

/// <summary>RetailCRM, API v5. An order goes by the shop's id there: the external id, unique within the site.</summary>
sealed class RetailCrmClient(HttpClient http, RetailCrmPace pace, RetailCrmGroups groups, IOptions<RetailCrmOptions> options)
{
    public const string Vendor = "RetailCRM";

    /// <summary>How many changes come at once; RetailCRM takes 20, 50 or 100.</summary>
    public const int HistoryPage = 100;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };

    string Site => options.Value.Site!;

    public async Task<OmsOrder?> Find(string orderId, CancellationToken cancellation)
    {
        var answer = await Send(HttpMethod.Get, $"orders/{Uri.EscapeDataString(orderId)}?by=externalId&site={Uri.EscapeDataString(Site)}", null, cancellation);
        return answer.Status != HttpStatusCode.NotFound && answer.Accepted($"the order {orderId}").Order is { } order
            ? order with { Group = await groups.Of(order.Status, Statuses, cancellation) }
            : null;
    }

    /// <summary>Creates the order, once: a second one with the same external id is refused like any other unfit order.</summary>
    public Task<RetailCrmAnswer> Create(object order, CancellationToken cancellation) =>
        Send(HttpMethod.Post, "orders/create", Form("order", order), cancellation);

    public async Task Edit(string orderId, object change, CancellationToken cancellation) =>
        (await TryEdit(orderId, change, cancellation)).Accepted($"the change of order {orderId}");

    /// <summary>For a change to which RetailCRM may say no.</summary>
    public Task<RetailCrmAnswer> TryEdit(string orderId, object change, CancellationToken cancellation) =>
        Send(HttpMethod.Post, $"orders/{Uri.EscapeDataString(orderId)}/edit", Form("order", change), cancellation);

    public async Task EditPayment(long id, object change, CancellationToken cancellation)
    {
        var answer = await Send(HttpMethod.Post, $"orders/payments/{id}/edit", Form("payment", change), cancellation);
        answer.Accepted($"the change of payment {id}");
    }

    public async Task<IReadOnlyDictionary<string, OmsStatus>> Statuses(CancellationToken cancellation) =>
        (await Send(HttpMethod.Get, "reference/statuses", null, cancellation)).Accepted("the list of statuses").Statuses!;

    /// <summary>The next changes of orders, the oldest first.</summary>
    /// <param name="after">Id of the last one that is known; null to begin with those of the last day, whatever clock and time zone the account goes by.</param>
    public async Task<IReadOnlyList<OmsChange>> History(long? after, DateTimeOffset now, CancellationToken cancellation)
    {
        var from = after is { } id ? $"filter[sinceId]={id}" : $"filter[startDate]={now.UtcDateTime.AddDays(-1):yyyy-MM-dd HH:mm:ss}";
        return (await Send(HttpMethod.Get, $"orders/history?{from}&limit={HistoryPage}", null, cancellation)).Accepted("its history").History!;
    }

    async Task<RetailCrmAnswer> Send(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        await pace.Turn(cancellation);

        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("X-API-KEY", options.Value.ApiKey);
        using var response = await http.SendAsync(request, cancellation);

        var status = response.StatusCode;
        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError)
        {
            throw new HttpRequestException(
                $"RetailCRM answered {(int)status} to {method} {http.BaseAddress}{path}. It may have acted; the message is tried again and looks first.", null, status);
        }

        // Where no account lives a page for people answers.
        if (response.Content.Headers.ContentType?.MediaType != "application/json")
        {
            throw new RejectedException(
                $"RetailCRM answered {(int)status} to {method} {http.BaseAddress}{path} with something that is not JSON: there is no such account. " +
                $"Correct {RetailCrmOptions.Section}:{nameof(RetailCrmOptions.BaseAddress)}, then retry the message.");
        }

        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new RejectedException(
                $"RetailCRM answered {(int)status} to {method} {http.BaseAddress}{path}: it does not accept the key, or the key may not do this. " +
                $"Nothing was done. Check {RetailCrmOptions.Section}:{nameof(RetailCrmOptions.ApiKey)} and its rights, then retry the message.");
        }

        return new(status, (await response.Content.ReadFromJsonAsync<RetailCrmBody>(Json, cancellation))!);
    }

    // An entity travels as a JSON string in one field of a form.
    FormUrlEncodedContent Form(string field, object entity) => new(new Dictionary<string, string>
    {
        ["site"] = Site,
        ["by"] = "externalId",
        [field] = JsonSerializer.Serialize(entity, Json),
    });
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Delivery;

/// <summary>CDEK, API v2. It knows no idempotency key: the order id as the shop's number, unique among living shipments, stands in for one.</summary>
sealed class CdekClient(HttpClient http)
{
    public const string Vendor = "CDEK";

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    static readonly string[] NotFound = ["v2_entity_not_found", "v2_entity_not_found_im_number", "v2_order_not_found"];

    // The carrier says these in the shape of a no, but they mean "ask again".
    static readonly string[] Undecided = ["v2_internal_error", "v2_similar_request_still_processed"];

    public Task<CdekAnswer> Book(object shipment, CancellationToken cancellation) =>
        Send(HttpMethod.Post, "orders", JsonContent.Create(shipment, options: Json), cancellation);

    /// <summary>The order's shipment as it stands, or null when the carrier has none.</summary>
    /// <remarks>When this shipment turns out to repeat an earlier one, the earlier one is the order's shipment.</remarks>
    public async Task<CdekAnswer?> Find(string orderId, string shipmentId, CancellationToken cancellation)
    {
        var shipment = await Look($"orders/{Uri.EscapeDataString(shipmentId)}", cancellation);
        if (shipment is not (null or { IsRepetition: true }))
            return shipment;

        var original = await FindByNumber(orderId, cancellation);
        return original is { IsRepetition: true } || original is null && shipment is not null ? throw Lost(orderId) : original;
    }

    /// <summary>To say "refused" or "cancelled" now would be wrong for the goods that are on their way.</summary>
    public static InvalidOperationException Lost(string orderId) => new(
        $"CDEK says that a shipment with the number {orderId} exists already, and does not show it under that number. It may be on its way. " +
        "The message is tried again; if this stays so, ask CDEK for the shipment of this order, then retry the message from the error queue.");

    public Task<CdekAnswer?> FindByNumber(string orderId, CancellationToken cancellation) =>
        Look($"orders?im_number={Uri.EscapeDataString(orderId)}", cancellation);

    public Task<CdekAnswer> Delete(string shipmentId, CancellationToken cancellation) =>
        Send(HttpMethod.Delete, $"orders/{Uri.EscapeDataString(shipmentId)}", null, cancellation);

    public async Task<IReadOnlyList<CdekSubscribed>> Subscriptions(CancellationToken cancellation)
    {
        using var response = await http.GetAsync("webhooks", cancellation);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<List<CdekSubscribed>>(Json, cancellation))!;
    }

    /// <summary>Adds a subscription, beside any that is there.</summary>
    public Task<CdekAnswer> Subscribe(Uri address, CancellationToken cancellation) =>
        Send(HttpMethod.Post, "webhooks", JsonContent.Create(new { Url = address, Type = CdekSubscribed.OrderStatus }, options: Json), cancellation);

    public Task<CdekAnswer> Unsubscribe(string uuid, CancellationToken cancellation) =>
        Send(HttpMethod.Delete, $"webhooks/{Uri.EscapeDataString(uuid)}", null, cancellation);

    public async Task Ping(CancellationToken cancellation)
    {
        using var response = await http.GetAsync("location/cities?size=1", cancellation);
        response.EnsureSuccessStatusCode();
    }

    async Task<CdekAnswer?> Look(string path, CancellationToken cancellation)
    {
        var answer = await Send(HttpMethod.Get, path, null, cancellation);
        return answer switch
        {
            { Entity: not null } => answer,
            _ when answer.Faults.Any(fault => NotFound.Contains(fault.Code)) => null,
            _ => throw new RejectedException(
                $"CDEK refused GET {http.BaseAddress}{path}: {answer.Reason}. Nothing was changed, and asking again would not help. " +
                "Correct the shipment or the settings, then retry the message."),
        };
    }

    async Task<CdekAnswer> Send(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await http.SendAsync(request, cancellation);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK or HttpStatusCode.Accepted:
                return (await response.Content.ReadFromJsonAsync<CdekAnswer>(Json, cancellation))!;

            case HttpStatusCode.BadRequest or HttpStatusCode.NotFound:
                var answer = (await response.Content.ReadFromJsonAsync<CdekAnswer>(Json, cancellation))!;
                return answer.Faults.FirstOrDefault(fault => Undecided.Contains(fault.Code)) is { } fault ? throw Unknown(fault.Code) : answer;

            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw new RejectedException(
                    $"CDEK answered {(int)response.StatusCode} to {method} {http.BaseAddress}{path} although it had just given a token: the account may not do this. " +
                    "Nothing was done. Ask CDEK for the right, then retry the message.");

            default:
                throw Unknown($"{(int)response.StatusCode}");
        }

        HttpRequestException Unknown(string what) => new(
            $"CDEK answered {what} to {method} {http.BaseAddress}{path}. It may have acted; the message is tried again and looks first.", null, response.StatusCode);
    }
}

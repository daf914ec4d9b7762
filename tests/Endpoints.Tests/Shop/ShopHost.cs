using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Endpoints.Shop;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Shop;

/// <summary>The shop role, and the commands that arrive where the sagas would be.</summary>
sealed class ShopHost(RoleHost role, ShopHost.Inbox inbox) : IAsyncDisposable
{
    public RoleHost Role => role;

    /// <summary>Whom the gateway vouches for as shop-1.</summary>
    public HttpClient Client { get; } = role.Client("shop-1", "shop");

    public static async Task<ShopHost> Start(CancellationToken cancellation, TimeProvider? time = null)
    {
        var inbox = new Inbox();
        var role = await RoleHost.Start(
            ShopEndpoint.Name, ShopEndpoint.Configure, ShopEndpoint.AddServices, ShopEndpoint.Map, cancellation, time,
            others: [("Sagas", endpoint => endpoint.AddHandler<Receiver>(), inbox)]);
        return new(role, inbox);
    }

    /// <summary>A good order; tests change what they are about.</summary>
    public static JsonObject Order(string? orderId = null) => JsonNode.Parse(
        $$"""
        {
          {{(orderId is null ? "" : $"\"orderId\": \"{orderId}\",")}}
          "customer": { "id": "C-7", "name": "Anna Petrova", "email": "anna@example.com", "phone": "+79990000000", "loyaltyCard": "CARD-1" },
          "destination": { "countryCode": "RU", "city": "Omsk", "postalCode": "644000", "address": "Lenina 1, 2" },
          "lines": [
            { "sku": "MUG-1", "name": "Mug", "quantity": 2, "unitPrice": { "amount": 495.50, "currency": "RUB" } },
            { "sku": "PRINT", "name": "Printed part", "quantity": 1, "model": { "url": "https://files.example.com/part.stl", "sha256": "{{new string('a', 64)}}", "material": "PLA" } }
          ],
          "agreedTotal": { "amount": 4990.00, "currency": "RUB" },
          "pointsToSpend": 100,
          "paymentMethod": "pm-1"
        }
        """)!.AsObject();

    public async Task<HttpResponseMessage> Post(string path, JsonNode? body, string? key, CancellationToken cancellation, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await (client ?? Client).SendAsync(request, cancellation);
    }

    public Task<HttpResponseMessage> Place(JsonNode order, string? key, CancellationToken cancellation, HttpClient? client = null) =>
        Post("/v1/orders", order, key, cancellation, client);

    public static async Task<JsonObject> Json(HttpResponseMessage answer, CancellationToken cancellation) =>
        await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation) ?? throw new InvalidOperationException($"{answer.RequestMessage?.RequestUri} answered with no object.");

    /// <summary>The next command that arrived.</summary>
    public async Task<T> Received<T>(CancellationToken cancellation) => (T)await inbox.Messages.Reader.ReadAsync(cancellation);

    /// <summary>All that has come, once everything sent has come: a last command marks the end.</summary>
    public async Task<IReadOnlyList<object>> ReceivedUntil(string lastOrderId, CancellationToken cancellation)
    {
        var all = new List<object>();
        while (all.OfType<PlaceOrder>().All(order => order.OrderId != lastOrderId)) all.Add(await inbox.Messages.Reader.ReadAsync(cancellation));
        return all;
    }

    public ValueTask DisposeAsync() => role.DisposeAsync();

    internal sealed class Inbox
    {
        public Channel<object> Messages { get; } = Channel.CreateUnbounded<object>();
    }

    sealed class Receiver(Inbox inbox) : IHandleMessages<PlaceOrder>, IHandleMessages<CancelOrder>, IHandleMessages<ResumeOrder>, IHandleMessages<RefundPart>, IHandleMessages<NotifyCustomer>
    {
        public Task Handle(PlaceOrder message, IMessageHandlerContext context) => Keep(message);

        public Task Handle(CancelOrder message, IMessageHandlerContext context) => Keep(message);

        public Task Handle(ResumeOrder message, IMessageHandlerContext context) => Keep(message);

        public Task Handle(RefundPart message, IMessageHandlerContext context) => Keep(message);

        public Task Handle(NotifyCustomer message, IMessageHandlerContext context) => Keep(message);

        Task Keep(object message) => inbox.Messages.Writer.WriteAsync(message).AsTask();
    }
}

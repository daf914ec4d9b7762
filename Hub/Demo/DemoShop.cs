using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Demo;

/// <summary>A shop as the outside world is: it talks to the gateway over HTTP, and may look behind the counters of the stand-ins.</summary>
sealed class DemoShop(Uri gateway, Uri sandbox) : IDisposable
{
    readonly HttpClient _shop = Client(gateway, RunningHub.DemoShopKey);
    readonly HttpClient _support = Client(gateway, RunningHub.DemoSupportKey);
    readonly DemoDesk _desk = new(Client(gateway, RunningHub.DemoSupportKey));
    readonly HttpClient _sandbox = new() { BaseAddress = sandbox };

    /// <summary>The call centre's side of the gateway.</summary>
    public DemoDesk Desk => _desk;

    public async Task Place(JsonObject order, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders") { Content = JsonContent.Create(order) };
        request.Headers.Add("Idempotency-Key", $"\"{order["orderId"]}\"");
        using var response = await _shop.SendAsync(request, cancellation);
        await Expect(response, "take the order", cancellation);
    }

    /// <summary>Null while the hub has not written anything about the order yet.</summary>
    public async Task<Journey?> Follow(string orderId, CancellationToken cancellation)
    {
        using var response = await _shop.GetAsync(new Uri($"v1/orders/{orderId}/journey", UriKind.Relative), cancellation);
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound) return null;
        await Expect(response, "show the journey", cancellation);
        return await response.Content.ReadFromJsonAsync<Journey>(cancellation);
    }

    public Task Cancel(string orderId, CancellationToken cancellation) => Post(_shop, $"v1/orders/{orderId}/cancel", new { reason = "changed my mind" }, "cancel the order", cancellation);

    public Task Resume(string orderId, CancellationToken cancellation) => Post(_support, $"v1/orders/{orderId}/resume", new { }, "resume the order", cancellation);

    public Task Refund(string orderId, decimal amount, CancellationToken cancellation) => Post(
        _support, $"v1/orders/{orderId}/refunds", new { amount = new { amount, currency = "RUB" }, reason = "a scratch on the lamp" }, "pay a part back", cancellation);

    /// <summary>Makes a stand-in misbehave for requests that name the order.</summary>
    public Task Pull(string system, string effect, string orderId, CancellationToken cancellation, string? reason = null) =>
        Post(_sandbox, "control/levers", new { system, effect, match = orderId, reason }, "pull a lever", cancellation);

    /// <summary>Lets the stand-ins work again for requests that name the order.</summary>
    public async Task Release(string orderId, CancellationToken cancellation)
    {
        using var response = await _sandbox.DeleteAsync(new Uri($"control/levers?match={orderId}", UriKind.Relative), cancellation);
        await Expect(response, "release the levers", cancellation);
    }

    /// <summary>What a stand-in has in its books about an order.</summary>
    public async Task<JsonArray> Ledger(string system, string orderId, CancellationToken cancellation) =>
        (await _sandbox.GetFromJsonAsync<JsonArray>($"control/ledgers/{system}?order={orderId}", cancellation))!;

    public void Dispose()
    {
        _shop.Dispose();
        _support.Dispose();
        _desk.Dispose();
        _sandbox.Dispose();
    }

    static HttpClient Client(Uri gateway, string key)
    {
        var client = new HttpClient { BaseAddress = gateway };
        client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return client;
    }

    static async Task Post(HttpClient client, string path, object body, string what, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
        using var response = await client.SendAsync(request, cancellation);
        await Expect(response, what, cancellation);
    }

    /// <exception cref="StoryException">The answer is a no.</exception>
    public static async Task Expect(HttpResponseMessage response, string what, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode) return;
        throw new StoryException($"{response.RequestMessage!.RequestUri!.Host} did not {what}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}

/// <summary>An order's journey as the public API tells it.</summary>
sealed record Journey(string OrderId, string Status, Journey.Standing Stands, IReadOnlyList<Journey.Entry> Entries)
{
    internal sealed record Standing(string? Owner, string? Waiting, DateTimeOffset? Deadline);

    internal sealed record Entry(int Sequence, DateTimeOffset At, string Kind, string Text);

    public bool Has(string kind) => Entries.Any(entry => entry.Kind == kind);
}

/// <summary>A story did not end as it should.</summary>
sealed class StoryException(string message) : InvalidOperationException(message);

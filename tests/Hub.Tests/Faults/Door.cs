using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>The hub as a shop and the support desk meet it: through the gateway, which may be dead at the moment.</summary>
/// <param name="check">Called where no answer came; fails the test if the hub should have been there.</param>
sealed class Door(Uri gateway, Action check) : IDisposable
{
    /// <summary>What the shop says where the first request with the key has not come to its end.</summary>
    const string StillWorking = "is being worked on at this moment";

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly HttpClient _shop = Client(gateway, RunningHub.DemoShopKey);
    readonly HttpClient _support = Client(gateway, RunningHub.DemoSupportKey);

    /// <summary>Null where nothing came: the hub is dead, starts, or sheds load, and the same may be asked again.</summary>
    public Task<Answer?> ShopAsks(HttpMethod method, string path, JsonNode? body, string? key, CancellationToken cancellation) => Ask(_shop, method, path, body, key, cancellation);

    /// <inheritdoc cref="ShopAsks"/>
    public Task<Answer?> SupportAsks(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation) =>
        Ask(_support, method, path, body, Guid.NewGuid().ToString(), cancellation);

    /// <summary>Asks again until there is an answer, under the same key.</summary>
    public async Task<Answer> UntilAnswered(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation, bool bySupport = false)
    {
        var key = Guid.NewGuid().ToString();
        while (true)
        {
            if (await Ask(bySupport ? _support : _shop, method, path, body, key, cancellation) is { } answer) return answer;
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    public void Dispose()
    {
        _shop.Dispose();
        _support.Dispose();
    }

    async Task<Answer?> Ask(HttpClient client, HttpMethod method, string path, JsonNode? body, string? key, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            if (key is not null) request.Headers.Add("Idempotency-Key", $"\"{key}\"");
            using var response = await client.SendAsync(request, cancellation);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError) return null;
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (response.StatusCode == HttpStatusCode.Conflict && text.Contains(StillWorking, StringComparison.Ordinal)) return null;
            return new Answer(response.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            check();
            return null;
        }
    }

    static HttpClient Client(Uri gateway, string key) => new() { BaseAddress = gateway, Timeout = Patience, DefaultRequestHeaders = { { "X-Api-Key", key } } };
}

sealed record Answer(HttpStatusCode Status, JsonNode? Body)
{
    public bool IsYes => (int)Status is >= 200 and < 300;
}

using System.Text.Json.Nodes;

namespace Dovetail.Hub.Demo;

/// <summary>An operator of the call centre, who talks to the gateway like any program.</summary>
sealed class DemoDesk(HttpClient client) : IDisposable
{
    /// <summary>The task that waits for a person before the order goes on; null while there is none.</summary>
    public async Task<JsonObject?> Find(string orderId, CancellationToken cancellation)
    {
        using var response = await client.GetAsync(new Uri($"v1/tasks?order={orderId}", UriKind.Relative), cancellation);
        await DemoShop.Expect(response, "list the tasks", cancellation);
        var list = (await response.Content.ReadFromJsonAsync<JsonObject>(cancellation))!;
        return list["items"]!.AsArray() is [{ } task, ..] ? task.AsObject() : null;
    }

    public async Task Claim(string taskId, CancellationToken cancellation)
    {
        using var response = await Post($"{taskId}/claim", null, cancellation);
        await DemoShop.Expect(response, "let the operator claim the task", cancellation);
    }

    public async Task Answer(string taskId, JsonObject decision, CancellationToken cancellation)
    {
        using var response = await Post($"{taskId}/answer", decision, cancellation);
        await DemoShop.Expect(response, "take the operator's decision", cancellation);
    }

    public void Dispose() => client.Dispose();

    async Task<HttpResponseMessage> Post(string path, JsonObject? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/tasks/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
        return await client.SendAsync(request, cancellation);
    }
}

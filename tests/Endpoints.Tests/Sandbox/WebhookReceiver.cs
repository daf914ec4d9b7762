using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dovetail.Endpoints.Tests.Sandbox;

/// <summary>Takes webhooks on a free port and keeps what came.</summary>
sealed class WebhookReceiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<Delivery> _came = [];
    readonly SemaphoreSlim _news = new(0);

    int _busy;

    WebhookReceiver(int busy)
    {
        _busy = busy;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            _came.Enqueue(new(await reader.ReadToEndAsync(context.RequestAborted), context.Request.Headers["Stripe-Signature"].ToString()));
            _news.Release();
            return Results.StatusCode(Interlocked.Decrement(ref _busy) >= 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        });
    }

    public string Address => _app.Urls.Single() + "/";

    /// <param name="busy">How many webhooks are answered with 503 at first.</param>
    public static async Task<WebhookReceiver> Start(CancellationToken cancellation, int busy = 0)
    {
        var receiver = new WebhookReceiver(busy);
        await receiver._app.StartAsync(cancellation);
        return receiver;
    }

    /// <summary>The first so many that come, in the order in which they came.</summary>
    public async Task<IReadOnlyList<Delivery>> Take(int count, CancellationToken cancellation)
    {
        for (var n = 0; n < count; n++)
            await _news.WaitAsync(cancellation);
        return [.. Enumerable.Range(0, count).Select(_ => _came.TryDequeue(out var delivery) ? delivery : throw new InvalidOperationException("taken by another"))];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _news.Dispose();
    }

    public sealed record Delivery(string Body, string Signature)
    {
        public JsonNode Json => JsonNode.Parse(Body)!;

        /// <summary>Stripe's type or YooKassa's event.</summary>
        public string What => (string)(Json["event"] ?? Json["type"])!;
    }
}

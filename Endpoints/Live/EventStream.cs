using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dovetail.Endpoints.Live;

/// <summary>The wire format of server-sent events.</summary>
sealed class EventStream(HttpResponse response, TimeProvider time)
{
    long _lastWrite = time.GetTimestamp();

    public TimeSpan Quiet => time.GetElapsedTime(_lastWrite);

    public Task Begin(CancellationToken cancellation)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return Write("retry: 3000\n\n", cancellation);
    }

    /// <param name="id">What the client names when it comes back; null leaves what it would name.</param>
    /// <param name="json">On one line.</param>
    public Task Send(string type, long? id, string json, CancellationToken cancellation) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"{(id is null ? "" : $"id: {id}\n")}event: {type}\ndata: {json}\n\n"), cancellation);

    public Task KeepAlive(CancellationToken cancellation) => Write(":\n\n", cancellation);

    async Task Write(string text, CancellationToken cancellation)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await response.Body.FlushAsync(cancellation);
        _lastWrite = time.GetTimestamp();
    }
}

using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A management API that answers as brokers of any version do.</summary>
sealed class ManagementStub : IAsyncDisposable
{
    readonly WebApplication _server;

    ManagementStub(WebApplication server) => _server = server;

    /// <summary>What is answered, by path below /api/.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = new();

    /// <summary>What was put, by path below /api/.</summary>
    public ConcurrentDictionary<string, string> Put { get; } = new();

    public string Url => _server.Urls.Single();

    public static async Task<ManagementStub> Start(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new ManagementStub(builder.Build());
        stub._server.Run(stub.Answer);
        await stub._server.StartAsync(cancellation);
        return stub;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    async Task Answer(HttpContext context)
    {
        var path = Uri.UnescapeDataString(context.Request.Path.Value!["/api/".Length..]);
        if (context.Request.Headers.Authorization.ToString() != "Basic " + Convert.ToBase64String("guest:guest"u8))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else if (context.Request.Method == "PUT")
        {
            using var reader = new StreamReader(context.Request.Body);
            Put[path] = await reader.ReadToEndAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status201Created;
        }
        else if (Answers.TryGetValue(path, out var answer))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer, context.RequestAborted);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }
}

using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>Stands before the vendors: pulls the levers, and lets no answer leave before what it tells is on disk.</summary>
sealed class LeverMiddleware(RequestDelegate next, Levers levers, SandboxLedger ledger, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public async Task Invoke(HttpContext context)
    {
        var system = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        context.Response.OnStarting(ledger.Flushed);
        Levers.Remember(context, await Read(context.Request));
        var (call, text) = (Levers.Call(context), Levers.Text(context));

        // A stand-in that plays dead must not keep the hub from stopping.
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            if (levers.Take(system, call, text, LeverEffect.Slow) is { } slow)
                await Task.Delay(slow.Delay ?? TimeSpan.FromSeconds(5), time, gone.Token);

            var fault = levers.Take(
                system, call, text, LeverEffect.FailBefore, LeverEffect.FailAfter, LeverEffect.Silent, LeverEffect.SilentAfter);
            switch (fault?.Effect)
            {
                case LeverEffect.FailBefore:
                    await Fail(context);
                    break;
                case LeverEffect.FailAfter:
                    await Act(context);
                    await Fail(context);
                    break;
                case LeverEffect.Silent:
                    await Task.Delay(Timeout.InfiniteTimeSpan, time, gone.Token);
                    break;
                case LeverEffect.SilentAfter:
                    await Act(context);
                    await Task.Delay(Timeout.InfiniteTimeSpan, time, gone.Token);
                    break;
                default:
                    await next(context);
                    break;
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    static async Task<string> Read(HttpRequest request)
    {
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, Encoding.UTF8, leaveOpen: true);
        var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        request.Body.Position = 0;

        // Form bodies and queries come escaped: an order id must be found in them as well.
        var key = request.Headers["Idempotence-Key"].ToString() + '\n' + request.Headers["Idempotency-Key"];
        return string.Join('\n', request.Path, Uri.UnescapeDataString(request.QueryString.Value ?? ""), key, body, Uri.UnescapeDataString(body));
    }

    /// <summary>Lets the vendor act and keeps its answer back.</summary>
    async Task Act(HttpContext context)
    {
        var real = context.Response.Body;
        context.Response.Body = Stream.Null;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = real;
        }

        await ledger.Flushed();
    }

    static Task Fail(HttpContext context)
    {
        var body = context.GetEndpoint()?.Metadata.GetMetadata<VendorFault>()?.Body;
        context.Response.Clear();
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return body is null
            ? context.Response.WriteAsync("Internal Server Error", context.RequestAborted)
            : context.Response.WriteAsJsonAsync(body, context.RequestAborted);
    }
}

/// <summary>Metadata of a vendor's routes: the body of its answer 500, as the real vendor would write it.</summary>
sealed record VendorFault(object Body);

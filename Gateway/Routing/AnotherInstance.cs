using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Dovetail.Gateway.Routing;

/// <summary>
/// Asks another instance of a role where one could not be reached, whatever is asked. Where one was reached and broke off, it may have done its work:
/// then another is asked only if that does no harm, because nothing is to change or because the role knows the request again by its key.
/// </summary>
sealed partial class AnotherInstance(ILogger<AnotherInstance> logger)
{
    const string Key = "Idempotency-Key";

    // What is larger waits on disk for being sent again.
    const int MostInMemory = 1024 * 1024;

    public async Task Ask(HttpContext context, RequestDelegate next)
    {
        var proxy = context.GetReverseProxyFeature();
        if (proxy.AllDestinations.Count > 1) context.Request.EnableBuffering(MostInMemory);
        var headers = context.Response.Headers.ToList();
        var (available, tried) = (proxy.AvailableDestinations, new HashSet<DestinationState>());
        while (true)
        {
            await next(context);
            if (proxy.ProxiedDestination is { } asked) tried.Add(asked);
            if (!MayAskAgain(context) || Left(available, proxy.AllDestinations, tried) is not { Count: > 0 } left) return;
            LogAsksAnother(context.GetForwarderErrorFeature()?.Exception, proxy.Route.Config.ClusterId!, proxy.ProxiedDestination?.DestinationId);

            if (!Missed(context)) context.Features.Set(new Begun());

            // As if nobody had answered yet.
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Features.Set<Untaken>(null);
            context.Response.Clear();
            foreach (var (name, value) in headers) context.Response.Headers[name] = value;
            if (context.Request.Body.CanSeek) context.Request.Body.Position = 0;
            proxy.AvailableDestinations = left;
        }
    }

    /// <summary>True where no instance can have begun with the request.</summary>
    public static bool HasNotArrived(HttpContext context) => context.Features.Get<Begun>() is null && Missed(context);

    /// <summary>True where the instance that was asked last can't have begun.</summary>
    static bool Missed(HttpContext context) => context.Features.Get<Untaken>() is not null || context.GetForwarderErrorFeature() switch
    {
        { Error: ForwarderError.NoAvailableDestinations } => true,
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } } => true,

        // The handler's own way to say that a connection did not come about in time.
        { Exception: OperationCanceledException { InnerException: TimeoutException } } => true,
        _ => false,
    };

    static bool MayAskAgain(HttpContext context)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return false;
        if (Missed(context)) return true;
        return context.GetForwarderErrorFeature() is { Error: ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.ResponseBodyDestination } && IsHarmless(context);
    }

    static bool IsHarmless(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || (GatewayRoute.Of(context)!.KnowsKeys && context.Request.Headers.ContainsKey(Key));

    /// <summary>First those that look well, then all that there are: one that was ill may have come back a moment ago.</summary>
    static List<DestinationState> Left(IReadOnlyList<DestinationState> available, IReadOnlyList<DestinationState> all, HashSet<DestinationState> tried) =>
        available.Where(one => !tried.Contains(one)).ToList() is { Count: > 0 } well ? well : [.. all.Where(one => !tried.Contains(one))];

    [LoggerMessage(Level = LogLevel.Information, Message = "Asked another instance of {Role}: {Address} did not take a request, or broke off.")]
    partial void LogAsksAnother(Exception? failure, string role, string? address);
}

/// <summary>An instance may have begun with the request, whatever others said after it.</summary>
sealed class Begun;

/// <summary>An instance answered that it did not take the request.</summary>
sealed class Untaken;

using System.Data.Common;
using Dovetail.Gateway.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Dovetail.Gateway.Answers;

/// <summary>Says what became of a request that did not reach its end, and whether it may be repeated; nothing internal is told.</summary>
sealed partial class Faults(ILogger<Faults> logger)
{
    const string NothingAccepted = "Nothing was accepted, so it is safe to repeat the request with the same Idempotency-Key.";
    const string PerhapsAccepted = "It may have been accepted all the same. Repeat it with the same Idempotency-Key: it will not be done twice.";

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Around everything: what was thrown inside the gateway itself.</summary>
    public async Task Catch(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody is left to be told.
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await Problem.Write(context, bad.StatusCode, Unreadable(bad));
        }
        catch (DbException unreadable) when (!context.Response.HasStarted)
        {
            LogKeysUnreadable(unreadable);
            await Problem.WriteLater(context, StatusCodes.Status503ServiceUnavailable, Pause, $"Keys cannot be checked at this moment. {NothingAccepted}");
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            LogFault(fault, context.Request.Method);
            await Problem.Write(context, StatusCodes.Status500InternalServerError, $"The gateway failed at this request. {PerhapsAccepted} If it fails again, tell support the trace id.");
        }
    }

    /// <summary>Around the forwarding: what became of the way to the role and back.</summary>
    public async Task Explain(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is not { } error || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;

        var role = context.GetReverseProxyFeature().Route.Config.ClusterId!;
        LogUnanswered(error.Exception, role, error.Error);
        await (error switch
        {
            _ when context.Features.Get<Deadline>() is { Passed: true } =>
                Problem.WriteLater(context, StatusCodes.Status504GatewayTimeout, Pause, $"The part of the hub behind this path did not answer in time. {PerhapsAccepted}"),
            { Error: ForwarderError.NoAvailableDestinations } or { Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } } =>
                Problem.WriteLater(context, StatusCodes.Status503ServiceUnavailable, Pause, $"The part of the hub behind this path is away. {NothingAccepted}"),
            _ when CauseOf(error.Exception) is { } bad => Problem.Write(context, bad.StatusCode, Unreadable(bad)),
            _ => Problem.WriteLater(context, StatusCodes.Status502BadGateway, Pause, $"The part of the hub behind this path broke off its answer. {PerhapsAccepted}"),
        });
    }

    static string Unreadable(BadHttpRequestException bad) => bad.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? "The body is larger than this path takes. Nothing was accepted; send less at once."
        : "The request cannot be read as HTTP. Nothing was accepted; check its headers and its body.";

    /// <summary>A client's broken body reaches us wrapped in the failure of the call that carried it.</summary>
    static BadHttpRequestException? CauseOf(Exception? exception) => exception switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException several => several.InnerExceptions.Select(CauseOf).FirstOrDefault(cause => cause is not null),
        _ => CauseOf(exception.InnerException),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not read the keys; refused the request with 503. Check the file named by Gateway:Database.")]
    partial void LogKeysUnreadable(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed at a {Method} request; answered 500.")]
    partial void LogFault(Exception exception, string method);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Had no answer from {Role}: {Error}.")]
    partial void LogUnanswered(Exception? exception, string role, ForwarderError error);
}

using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Limits;
using Dovetail.Gateway.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Dovetail.Gateway.Answers;

/// <summary>Says what became of a request that did not reach its end, and whether it may be repeated; nothing internal is told.</summary>
sealed partial class Faults(ILogger<Faults> logger)
{
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
            // The client has gone: only the log is left to be told.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await Problem.Write(context, bad.StatusCode, Unreadable(bad));
        }
        catch (Exception unreadable) when (!context.Response.HasStarted && KeyDatabase.Caused(unreadable))
        {
            LogKeysUnreadable(unreadable);
            await Problem.WriteLater(context, StatusCodes.Status503ServiceUnavailable, Pause, $"Keys cannot be checked at this moment. {Advice.NothingAccepted(context)}");
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            LogFault(fault, context.Request.Method);
            await Problem.Write(context, StatusCodes.Status500InternalServerError, $"The gateway failed at this request. {Advice.PerhapsAccepted(context)} If it fails again, tell support the trace id.");
        }
    }

    /// <summary>Around the forwarding: what became of the way to the role and back.</summary>
    public async Task Explain(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var error = context.GetForwarderErrorFeature();
        if ((error is null && context.Features.Get<Untaken>() is null) || context.RequestAborted.IsCancellationRequested)
            return;

        LogUnanswered(context.GetReverseProxyFeature().Route.Config.ClusterId!, error?.Error ?? ForwarderError.NoAvailableDestinations, error?.Exception?.GetBaseException().Message ?? "no instance is there and ready");
        if (context.Response.HasStarted)
            return;

        await (error switch
        {
            _ when AnotherInstance.HasNotArrived(context) =>
                Later(StatusCodes.Status503ServiceUnavailable, $"This part of the hub is away at the moment. {Advice.NothingAccepted(context)}"),
            _ when context.Features.Get<Deadline>() is { Passed: true } || error?.Error is ForwarderError.RequestTimedOut =>
                Later(StatusCodes.Status504GatewayTimeout, $"This part of the hub did not answer in time. {Advice.PerhapsAccepted(context)}"),
            _ when BadRequestIn(error?.Exception) is { } bad =>
                Problem.Write(context, bad.StatusCode, Unreadable(bad)),
            _ => Later(StatusCodes.Status502BadGateway, $"This part of the hub broke off its answer. {Advice.PerhapsAccepted(context)}"),
        });

        Task Later(int status, string detail) => Problem.WriteLater(context, status, Pause, detail);
    }

    static string Unreadable(BadHttpRequestException bad) => bad.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? "The body is larger than this path takes. Nothing was accepted; send less at once."
        : "The request cannot be read as HTTP. Nothing was accepted; check its headers and its body.";

    /// <summary>A client's broken body reaches us wrapped in the failure of the call that carried it.</summary>
    static BadHttpRequestException? BadRequestIn(Exception? exception) => exception switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException several => several.InnerExceptions.Select(BadRequestIn).FirstOrDefault(cause => cause is not null),
        _ => BadRequestIn(exception.InnerException),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not read the keys; refused the request with 503. Check the database named by Gateway:Database.")]
    partial void LogKeysUnreadable(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed at a {Method} request; answered 500.")]
    partial void LogFault(Exception exception, string method);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Had no whole answer from {Role}: {Error}, because {Reason}.")]
    partial void LogUnanswered(string role, ForwarderError error, string reason);
}

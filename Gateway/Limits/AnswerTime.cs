using Dovetail.Gateway.Routing;
using Dovetail.Gateway.Settings;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Limits;

/// <summary>How long a role may think. The framework's own timeout cannot be told from a client that left, once YARP has seen it.</summary>
sealed class AnswerTime(LiveOptions options, TimeProvider time)
{
    public async Task Limit(HttpContext context, RequestDelegate next)
    {
        var left = context.RequestAborted;
        using var timeout = new CancellationTokenSource(GatewayRoute.Of(context)!.AnswerLimit(options.Current), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(left, timeout.Token);
        var deadline = new Deadline(timeout);
        context.Features.Set(deadline);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = left;
        }
    }
}

sealed class Deadline(CancellationTokenSource timeout)
{
    public bool Passed => timeout.IsCancellationRequested;

    public void Lift() => timeout.CancelAfter(Timeout.InfiniteTimeSpan);
}

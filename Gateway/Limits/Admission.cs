using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Hosting;

namespace Dovetail.Gateway.Limits;

/// <summary>Turns requests away at the door when too many are inside. Streams are counted apart: they stay for hours and do little.</summary>
sealed class Admission(LiveOptions options, IHostApplicationLifetime lifetime)
{
    int _requests;
    int _streams;

    public async Task Admit(HttpContext context, RequestDelegate next)
    {
        // Whoever watches the gateway must see it most of all when it is full.
        if (context.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            await next(context);
            return;
        }

        if (!TryEnter(ref _requests, options.Current.MaxConcurrentRequests))
        {
            await Refuse(context);
            return;
        }

        using var stay = new Stay(this);
        context.Features.Set(stay);
        await next(context);

        if (stay.Refused && !context.Response.HasStarted)
            await Refuse(context);
    }

    internal bool TryEnterStream() => TryEnter(ref _streams, options.Current.MaxConcurrentStreams);

    internal void LeaveRequest() => Interlocked.Decrement(ref _requests);

    internal void LeaveStream() => Interlocked.Decrement(ref _streams);

    /// <summary>A stream would hold up the stop for as long as its reader likes. The reader connects anew, to whoever is there then.</summary>
    internal CancellationTokenRegistration EndWithHost(HttpContext context) => lifetime.ApplicationStopping.Register(context.Abort);

    static bool TryEnter(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most)
            return true;

        Interlocked.Decrement(ref count);
        return false;
    }

    static Task Refuse(HttpContext context) => Problem.WriteLater(
        context,
        StatusCodes.Status503ServiceUnavailable,
        TimeSpan.FromSeconds(1),
        $"The hub has more to do than it can take on at this moment. {Advice.NothingAccepted(context)}",
        Problem.ReducedCapacity);
}

/// <summary>One request's time inside.</summary>
sealed class Stay(Admission admission) : IDisposable
{
    bool _isStream;
    CancellationTokenRegistration _end;

    public bool Refused { get; private set; }

    public bool TryBecomeStream(HttpContext context)
    {
        Refused = !admission.TryEnterStream();
        if (Refused)
            return false;

        admission.LeaveRequest();
        _isStream = true;
        _end = admission.EndWithHost(context);
        return true;
    }

    public void Dispose()
    {
        _end.Dispose();
        if (_isStream)
            admission.LeaveStream();
        else
            admission.LeaveRequest();
    }
}

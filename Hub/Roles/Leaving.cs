namespace Dovetail.Hub.Roles;

/// <summary>A role that is about to stop says that it is not ready any more, and still serves whoever has not heard that.</summary>
sealed class Leaving
{
    volatile bool _isAnnounced;

    public void Announce() => _isAnnounced = true;

    /// <summary>Before everything else of a web role.</summary>
    public Task Tell(HttpContext context, RequestDelegate next)
    {
        if (!_isAnnounced) return next(context);

        // Connections that are kept for the next request end with this one: by the time the role stops, few are left to be cut.
        if (HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        return context.Request.Path == "/health/ready" ? Results.Text("Is about to stop", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context) : next(context);
    }
}

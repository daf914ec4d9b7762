using System.Net;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Limits;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Dovetail.Gateway.Routing;

/// <summary>What crosses the gateway: inwards no credential but the gateway's own word for who the client is; outwards no trace of the roles' servers.</summary>
sealed class BehindTheGateway(IdentityTokens tokens) : ITransformProvider
{
    // The roles believe the signed token alone. These go too, so that no later reader of a header can be fooled.
    static readonly string[] Claimed =
    [
        "Authorization", "Cookie", "Forwarded", "Proxy-Authorization", ApiKeyHandler.Header,
        "X-Client-Id", "X-Forwarded-Client-Cert", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "X-Forwarded-User",
        "X-HTTP-Method-Override", "X-Original-URL", "X-Remote-User", "X-Rewrite-URL", "X-User", "X-User-Id",
    ];

    // The gateway's cookies are the only ones that a browser shall keep.
    static readonly string[] Told = ["Server", "Set-Cookie", "X-Powered-By"];

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        foreach (var header in Claimed)
            context.AddRequestHeaderRemove(header);
        foreach (var header in Told)
            context.AddResponseHeaderRemove(header, ResponseCondition.Always);

        var route = RouteTable.Routes.Single(route => route.Name == context.Route.RouteId);
        if (route.Access != Access.Anyone)
            Vouch(context, request => tokens.Mint(request.User));
        else if (route.FromVendors)
            Vouch(context, request => tokens.Mint(request.Connection.RemoteIpAddress ?? IPAddress.None));

        context.AddResponseTransform(NoteUntaken);
        context.AddResponseTransform(LetStreamsFlow);
    }

    static void Vouch(TransformBuilderContext context, Func<HttpContext, string> mint) => context.AddRequestTransform(request =>
    {
        request.ProxyRequest.Headers.Authorization = new("Bearer", mint(request.HttpContext));
        return ValueTask.CompletedTask;
    });

    /// <summary>The refusal of one that starts is not for the client, who is to have another's answer, or ours.</summary>
    static ValueTask NoteUntaken(ResponseTransformContext response)
    {
        if (response.ProxyResponse?.Headers.Contains(GatewayRole.NotTaken) != true)
            return ValueTask.CompletedTask;

        response.HttpContext.Features.Set(new Untaken());
        response.HttpContext.Response.Headers.Remove(GatewayRole.NotTaken);
        response.SuppressResponseBody = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>An event stream or a socket outlives the timeout of requests, and counts as a stream from its first byte.</summary>
    static ValueTask LetStreamsFlow(ResponseTransformContext response)
    {
        if (response.ProxyResponse is not ({ Content.Headers.ContentType.MediaType: "text/event-stream" } or { StatusCode: HttpStatusCode.SwitchingProtocols }))
            return ValueTask.CompletedTask;

        var context = response.HttpContext;
        if (context.Features.Get<Stay>()!.TryBecomeStream(context))
            context.Features.Get<Deadline>()!.Lift();
        else
            response.SuppressResponseBody = true;

        return ValueTask.CompletedTask;
    }
}

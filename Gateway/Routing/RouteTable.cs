using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Model;

namespace Dovetail.Gateway.Routing;

/// <summary>Every path that leads anywhere. The more specific one wins; what is not listed here is 404.</summary>
static class RouteTable
{
    const string Shop = "Shop";
    const string Tracking = "Tracking";
    const string Desk = "Desk";
    const string Hooks = "Hooks";
    const string ServiceControl = "ServiceControl";
    const string Loyalty = "Loyalty";
    const string Pricing = "Pricing";
    const string Notifications = "Notifications";

    public static IReadOnlyList<GatewayRoute> Routes { get; } =
    [
        // Name             Path                               Role behind     Who may come in
        new("shop",            "/v1/{**rest}",                    Shop,           Access.Shop) { KnowsKeys = true },
        new("resume",          "/v1/orders/{id}/resume",          Shop,           Access.Support),
        new("refunds",         "/v1/orders/{id}/refunds",         Shop,           Access.Support) { KnowsKeys = true },
        new("journey",         "/v1/orders/{id}/journey",         Tracking,       Access.ShopOrSupport),
        new("journey-events",  "/v1/orders/{id}/journey/events",  Tracking,       Access.ShopOrSupport),
        new("attention",       "/v1/attention/{**rest}",          Tracking,       Access.Support) { ForBrowsers = true },

        // What people decide: for programs, and as pages.
        new("tasks",           "/v1/tasks/{**rest}",              Desk,           Access.Support) { KnowsKeys = true },
        new("desk",            "/desk/{**rest}",                  Desk,           Access.Support) { ForBrowsers = true },

        new("loyalty",         "/v1/loyalty/{card}",              Loyalty,        Access.Shop),
        new("prices",          "/v1/prices",                      Pricing,        Access.Shop),

        new("preferences",     "/v1/customers/{**rest}",          Notifications,  Access.Shop),

        // What the API is like is no secret.
        new("openapi",         "/v1/openapi.json",                Shop,           Access.Anyone),

        // The customer's page: its id cannot be guessed, so knowing it is the right to see it.
        new("track",           "/track/{**rest}",                 Tracking,       Access.Anyone),

        // Vendors show no key of ours: each proves itself in its own way to the role behind. They expect an answer within seconds.
        new("hooks",           "/hooks/{**rest}",                 Hooks,          Access.Anyone) { FromVendors = true, MaxBodyBytes = 256 * 1024, LongestAnswer = TimeSpan.FromSeconds(10) },

        // Edited messages come back through the API, and a message may be large.
        new("service-control", "/api/{**rest}",                   ServiceControl, Access.Support) { MaxBodyBytes = 1024 * 1024 },
        new("console",         "/console/{**rest}",               ServiceControl, Access.Support) { ForBrowsers = true },
    ];

    public static IReadOnlyList<string> Clusters { get; } = [.. Routes.Select(route => route.Cluster).Distinct()];
}

/// <param name="Cluster">The key under Gateway:Destinations.</param>
sealed record GatewayRoute(string Name, string Path, string Cluster, Access Access)
{
    /// <summary>Null: the common limit.</summary>
    public long? MaxBodyBytes { get; init; }

    /// <summary>Who asks for a page and is not signed in is sent to the sign-in page.</summary>
    public bool ForBrowsers { get; init; }

    /// <summary>The role behind does a request once however often it comes under the same Idempotency-Key, to whichever instance.</summary>
    public bool KnowsKeys { get; init; }

    /// <summary>The role behind gets the gateway's word for the address that the request came from.</summary>
    public bool FromVendors { get; init; }

    /// <summary>Null: the common limit.</summary>
    public TimeSpan? LongestAnswer { get; init; }

    public TimeSpan AnswerLimit(GatewayOptions options) => LongestAnswer < options.RequestTimeout ? LongestAnswer.Value : options.RequestTimeout;

    public long BodyLimit(GatewayOptions options) => MaxBodyBytes ?? options.MaxBodyBytes;

    /// <summary>Null: the request meets no route of the table.</summary>
    public static GatewayRoute? Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { } match
            ? RouteTable.Routes.Single(route => route.Name == match.Config.RouteId)
            : null;
}

/// <summary>Which roles of a key open a route.</summary>
sealed record Access(string Name, params string[] Roles)
{
    public static readonly Access Anyone = new("anonymous");
    public static readonly Access Shop = new("shop", Keys.Roles.Shop);
    public static readonly Access Support = new("support", Keys.Roles.Support);
    public static readonly Access ShopOrSupport = new("shop-or-support", Keys.Roles.Shop, Keys.Roles.Support);
}

using Dovetail.Gateway.Limits;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace Dovetail.Gateway.Routing;

/// <summary>The route table and the options, in the words of YARP.</summary>
/// <remarks>Session affinity is not offered: the roles keep no state between requests.</remarks>
static class ProxyConfig
{
    // An event stream sends a comment at least every 30 seconds; what is silent for longer than this has died.
    static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(100);

    // An instance that has much to do is not taken for dead because it is slow to say so.
    static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<RouteConfig> Routes(GatewayOptions options) =>
    [
        .. RouteTable.Routes.Select(route => new RouteConfig
        {
            RouteId = route.Name,
            ClusterId = route.Cluster,
            Match = new RouteMatch { Path = route.Path },
            AuthorizationPolicy = route.Access.Name,
            MaxRequestBodySize = route.BodyLimit(options) + BodyLimit.Rest,
        }),
    ];

    public static IReadOnlyList<ClusterConfig> Clusters(GatewayOptions options) =>
    [
        .. options.Destinations.Select(cluster => new ClusterConfig
        {
            ClusterId = cluster.Key,
            Destinations = cluster.Value.ToDictionary(address => address.ToString(), address => new DestinationConfig { Address = address.ToString() }),
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = options.RequestTimeout > LongestSilence ? options.RequestTimeout : LongestSilence },
            HealthCheck = new HealthCheckConfig
            {
                // When every instance looks ill, one is tried all the same: the caller then hears its answer, not our guess.
                AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                Active = new ActiveHealthCheckConfig
                {
                    Enabled = true,
                    Policy = Readiness.PolicyName,
                    Interval = options.ProbeInterval,
                    Timeout = options.ProbeInterval > LeastPatience ? options.ProbeInterval : LeastPatience,
                    Path = "/health/ready",
                },
                Passive = new PassiveHealthCheckConfig
                {
                    Enabled = true,
                    Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate,
                    ReactivationPeriod = 2 * options.ProbeInterval,
                },
            },
        }),
    ];
}

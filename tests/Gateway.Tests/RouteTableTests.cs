using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Limits;
using Dovetail.Gateway.Routing;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class RouteTableTests
{
    static readonly GatewayOptions Options = GatewayOptions.Read(GatewayOptionsTests.Sound());

    public static IEnumerable<object[]> Names => RouteTable.Routes.Select(route => new object[] { route.Name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Each_route_has_a_rule_who_may_come_in_and_how_much_may_be_sent(string name)
    {
        var route = RouteTable.Routes.Single(route => route.Name == name);
        var proxied = ProxyConfig.Routes(Options).Single(proxied => proxied.RouteId == name);

        Assert.AreEqual(route.Access.Name, proxied.AuthorizationPolicy);
        Assert.IsTrue(route.Access == Access.Anyone || route.Access.Roles.Length > 0 && route.Access.Roles.All(Roles.All.Contains));
        Assert.IsInRange(1, 1024 * 1024, route.BodyLimit(Options));
        Assert.AreEqual(route.BodyLimit(Options) + BodyLimit.Rest, proxied.MaxRequestBodySize);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Each_route_leads_to_a_cluster_that_has_destinations(string name)
    {
        var proxied = ProxyConfig.Routes(Options).Single(proxied => proxied.RouteId == name);
        var cluster = ProxyConfig.Clusters(Options).Single(cluster => cluster.ClusterId == proxied.ClusterId);

        Assert.IsNotEmpty(cluster.Destinations!);
        Assert.IsTrue(cluster.HealthCheck?.Active?.Enabled);
        Assert.IsTrue(cluster.HealthCheck?.Passive?.Enabled);
        Assert.IsNull(cluster.SessionAffinity);
    }

    [TestMethod]
    public void Only_the_customers_page_the_webhooks_and_the_description_of_the_API_are_open_to_anyone()
    {
        var open = RouteTable.Routes.Where(route => route.Access == Access.Anyone).Select(route => route.Path);

        Assert.AreEqual("/v1/openapi.json /track/{**rest} /hooks/{**rest}", string.Join(' ', open));
    }
}

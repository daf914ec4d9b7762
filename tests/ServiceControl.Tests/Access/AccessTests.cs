using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.ServiceControl.Tests.Access;

[TestClass]
public sealed class AccessTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Every_route_but_the_health_probes_needs_the_role_support()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var routes = control.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();

        foreach (var route in routes)
        {
            var path = $"/{route.RoutePattern.RawText!.TrimStart('/').Replace("{id}", "x", StringComparison.Ordinal).Replace("{name}", "x", StringComparison.Ordinal)}";
            var method = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0] ?? "GET";
            var isProbe = path is "/health/live" or "/health/ready";

            Assert.AreEqual(isProbe, route.Metadata.GetMetadata<IAllowAnonymous>() is not null, path);
            Assert.AreEqual(isProbe ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, await Ask(control, method, path, token: null), path);
            Assert.AreEqual(isProbe ? HttpStatusCode.OK : HttpStatusCode.Forbidden, await Ask(control, method, path, TestControl.Token("shop")), path);
        }

        Assert.IsGreaterThan(20, routes.Count, "The walk found too few routes to mean anything.");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Only_the_gateways_signature_counts()
    {
        await using var control = await TestControl.Start(test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.OK, await Ask(control, "GET", "/api/errors", TestControl.Token("support")));
        Assert.AreEqual(HttpStatusCode.Unauthorized, await Ask(control, "GET", "/api/errors", TestControl.Token("support", key: "another-key-that-is-also-long-enough")));
        Assert.AreEqual(HttpStatusCode.Unauthorized, await Ask(control, "GET", "/api/errors", TestControl.Token("support", issuer: "somebody")));
        Assert.AreEqual(HttpStatusCode.Unauthorized, await Ask(control, "GET", "/api/errors", "nonsense"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_refusal_says_why()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        control.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestControl.Token("shop"));

        using var answer = await control.Client.GetAsync("/api/errors", test.CancellationToken);

        Assert.AreEqual(
            """{"error":"forbidden","message":"Only the role support may look into messages. Ask whoever runs this hub for a key with that role."}""",
            await answer.Content.ReadAsStringAsync(test.CancellationToken));
    }

    async Task<HttpStatusCode> Ask(TestControl control, string method, string path, string? token)
    {
        control.Client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await control.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), test.CancellationToken);
        return answer.StatusCode;
    }
}

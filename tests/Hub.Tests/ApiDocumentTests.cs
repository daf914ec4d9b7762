using System.Net;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class ApiDocumentTests(TestContext test)
{
    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Can_be_fetched_from_the_gateway_without_a_key()
    {
        await using var hub = await HubUnderTest.Start(test.CancellationToken);
        using var stranger = new HttpClient { BaseAddress = hub.Gateway };

        using var document = await stranger.GetAsync(new Uri("v1/openapi.json", UriKind.Relative), test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.OK, document.StatusCode);
        StringAssert.Contains(await document.Content.ReadAsStringAsync(test.CancellationToken), "\"operationId\": \"placeOrder\"", StringComparison.Ordinal);

        using var orders = await stranger.GetAsync(new Uri("v1/orders", UriKind.Relative), test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Unauthorized, orders.StatusCode);
    }
}

using System.Globalization;
using System.Net;
using Dovetail.Gateway;
using Dovetail.Hub.Starting;
using Dovetail.Hub.Tests.Faults;
using Microsoft.Extensions.Configuration;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class WaitingRoomsTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("http://*:{0}")]
    [DataRow("http://+:{0}")]
    [DataRow("http://127.0.0.1:{0}")]
    public async Task One_is_open_wherever_the_role_itself_could_listen(string address)
    {
        var here = Scene.FreeAddress();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Hub:Addresses:Shop", string.Format(CultureInfo.InvariantCulture, address, here.Port)), new("Hub:Addresses:Desk", "http://*:0"), new("Logging:Console:LogLevel:Default", "None"),
        ]).Build();
        await using var rooms = new WaitingRooms(configuration, () => "Waits for a test");
        using var client = new HttpClient { BaseAddress = here };

        await rooms.Open(["shop", "desk", "hooks"], test.CancellationToken);

        using var ready = await client.GetAsync(new Uri("health/ready", UriKind.Relative), test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.AreEqual("Waits for a test", await ready.Content.ReadAsStringAsync(test.CancellationToken));
        using var refused = await client.PostAsync(new Uri("v1/orders", UriKind.Relative), null, test.CancellationToken);
        Assert.AreEqual("true", refused.Headers.GetValues(GatewayRole.NotTaken).Single());
    }
}

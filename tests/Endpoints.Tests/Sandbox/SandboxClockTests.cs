using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class SandboxClockTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_vendors_clock_goes_forward_by_what_is_said_and_stays_there_when_they_start_again()
    {
        var machine = new ManualClock();
        await using var sandbox = await SandboxHost.Start(Cancellation, machine);
        using var control = new HttpClient { BaseAddress = sandbox.Address };

        using var put = await control.PostAsJsonAsync("control/clock", new { by = "7.00:00:00" }, Cancellation);
        Assert.AreEqual(machine.GetUtcNow().AddDays(7), (DateTimeOffset)(await put.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["now"]!);
        Assert.AreEqual(machine.GetUtcNow().AddDays(7), sandbox.Services.GetRequiredService<TimeProvider>().GetUtcNow());

        await sandbox.Restart(Cancellation);
        using var anew = new HttpClient { BaseAddress = sandbox.Address };
        Assert.AreEqual("7.00:00:00", (string)(await anew.GetFromJsonAsync<JsonNode>("control/clock", Cancellation))!["ahead"]!);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task It_never_goes_back()
    {
        await using var sandbox = await SandboxHost.Start(Cancellation);
        using var control = new HttpClient { BaseAddress = sandbox.Address };

        using var back = await control.PostAsJsonAsync("control/clock", new { by = "-01:00:00" }, Cancellation);

        Assert.AreEqual(HttpStatusCode.BadRequest, back.StatusCode);
        Assert.Contains("a clock goes forward only", await back.Content.ReadAsStringAsync(Cancellation));
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class LeverControlTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_lever_is_pulled_seen_felt_and_released_over_http()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = new HttpClient { BaseAddress = host.Address };

        using var pulled = await http.PostAsJsonAsync(
            "control/levers", new { system = "yookassa", effect = "fail-before", match = "A-1", times = 1 }, test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Created, pulled.StatusCode);
        var seen = await http.GetFromJsonAsync<JsonArray>("control/levers", test.CancellationToken);
        Assert.AreEqual("fail-before", (string)seen![0]!["effect"]!);

        using var other = await http.GetAsync(new Uri("yookassa/v3/payments/A-2", UriKind.Relative), test.CancellationToken);
        using var felt = await http.GetAsync(new Uri("yookassa/v3/payments/A-1", UriKind.Relative), test.CancellationToken);
        using var after = await http.GetAsync(new Uri("yookassa/v3/payments/A-1", UriKind.Relative), test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Unauthorized, other.StatusCode);
        Assert.AreEqual(HttpStatusCode.InternalServerError, felt.StatusCode);
        Assert.AreEqual("internal_server_error", (string)(await felt.Content.ReadFromJsonAsync<JsonNode>(test.CancellationToken))!["code"]!);
        Assert.AreEqual(HttpStatusCode.Unauthorized, after.StatusCode);

        host.Pull(new("mes", LeverEffect.Slow));
        using var released = await http.DeleteAsync(new Uri("control/levers", UriKind.Relative), test.CancellationToken);
        Assert.IsEmpty((await http.GetFromJsonAsync<JsonArray>("control/levers", test.CancellationToken))!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_page_shows_documents_and_pulls_levers()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Services.GetRequiredService<SandboxLedger>().Save("mail", "m-1", new { OrderId = "A-1", Subject = "<script>alert(1)</script>" });
        host.Services.GetRequiredService<SandboxLedger>().Save("mail", "m-2", new { OrderId = "A-2" });
        using var http = new HttpClient { BaseAddress = host.Address };

        using var form = new FormUrlEncodedContent(
        [
            new("system", "yookassa"), new("effect", "slow"), new("match", "A-1"), new("times", "3"), new("seconds", "0.5"), new("call", ""), new("reason", ""), new("chance", "12.5"),
        ]);
        using var answer = await http.PostAsync(new Uri("control/pull", UriKind.Relative), form, test.CancellationToken);
        var page = await http.GetStringAsync(new Uri("control?order=A-1", UriKind.Relative), test.CancellationToken);

        Assert.AreEqual(
            new Lever("yookassa", LeverEffect.Slow, "A-1", Times: 3, Delay: TimeSpan.FromSeconds(0.5), Chance: 0.125),
            Assert.ContainsSingle(host.Services.GetRequiredService<Levers>().All()));
        Assert.Contains("m-1", page);
        Assert.DoesNotContain("m-2", page);
        Assert.DoesNotContain("<script>", page);
        foreach (var system in new[] { "yookassa", "loymax", "mail" })
            Assert.Contains($"<option value=\"{system}\">", page);
        Assert.Contains("yookassa (payments): answers slowly, 0.5 s, in 12.5 of 100 cases; only for A-1; 3 times more.", page);
    }
}

using System.Net;
using Dovetail.Gateway.Keys;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class AccessTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("/v1/orders", TestGateway.ShopKey, "shop")]
    [DataRow("/v1/orders/42", TestGateway.ShopKey, "shop")]
    [DataRow("/v1/orders/42/journey", TestGateway.ShopKey, "tracking")]
    [DataRow("/v1/orders/42/journey", TestGateway.SupportKey, "tracking")]
    [DataRow("/v1/orders/42/journey/events", TestGateway.SupportKey, "tracking")]
    [DataRow("/v1/orders/42/resume", TestGateway.SupportKey, "shop")]
    [DataRow("/v1/orders/42/refunds", TestGateway.SupportKey, "shop")]
    [DataRow("/v1/attention", TestGateway.SupportKey, "tracking")]
    [DataRow("/v1/attention/late", TestGateway.SupportKey, "tracking")]
    [DataRow("/api/errors", TestGateway.SupportKey, "servicecontrol")]
    [DataRow("/console/", TestGateway.SupportKey, "servicecontrol")]
    [DataRow("/v1/tasks", TestGateway.SupportKey, "others")]
    [DataRow("/v1/tasks/42.task.1/claim", TestGateway.SupportKey, "others")]
    [DataRow("/desk/42.task.1", TestGateway.SupportKey, "others")]
    [DataRow("/v1/loyalty/CARD-1", TestGateway.ShopKey, "others")]
    [DataRow("/v1/prices", TestGateway.ShopKey, "others")]
    [DataRow("/track/f3a9", null, "tracking")]
    public async Task Each_path_leads_whoever_may_come_in_to_its_role(string path, string? key, string role)
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get(path, key);

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.AreEqual(role, await response.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("/v1/orders", TestGateway.SupportKey, "the role shop")]
    [DataRow("/v1/orders/42/resume", TestGateway.ShopKey, "the role support")]
    [DataRow("/v1/orders/42/refunds", TestGateway.ShopKey, "the role support")]
    [DataRow("/v1/attention/late", TestGateway.ShopKey, "the role support")]
    [DataRow("/v1/tasks/42.task.1/claim", TestGateway.ShopKey, "the role support")]
    [DataRow("/desk", TestGateway.ShopKey, "the role support")]
    [DataRow("/api/errors", TestGateway.ShopKey, "the role support")]
    [DataRow("/console/", TestGateway.ShopKey, "the role support")]
    public async Task A_key_without_the_role_is_refused_and_told_which_one_it_needs(string path, string key, string needed)
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get(path, key);

        var problem = await TestGateway.Problem(response, 403);
        Assert.Contains(needed, problem.GetProperty("detail").GetString()!);
        Assert.IsEmpty(gateway.Shop.Received.Concat(gateway.Tracking.Received).Concat(gateway.ServiceControl.Received));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Without_a_key_the_answer_says_how_to_send_one()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get("/v1/orders");

        var problem = await TestGateway.Problem(response, 401);
        Assert.AreEqual("Bearer realm=\"dovetail\"", TestGateway.Header(response, "WWW-Authenticate"));
        Assert.Contains("X-Api-Key", problem.GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_key_may_come_as_a_bearer_token()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get("/v1/orders", key: null, ("Authorization", $"Bearer {TestGateway.ShopKey}"));

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("X-Api-Key", "nobody-has-this-key")]
    [DataRow("X-Api-Key", "")]
    [DataRow("Authorization", "Basic dXNlcjpwYXNz")]
    [DataRow("Authorization", "Bearer ")]
    public async Task Credentials_that_are_not_a_known_key_are_invalid(string header, string value)
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get("/v1/orders", key: null, (header, value));

        await TestGateway.Problem(response, 401);
        Assert.Contains("invalid_token", TestGateway.Header(response, "WWW-Authenticate"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_key_stops_working_at_the_moment_it_expires()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        var created = await gateway.Keys.Create("partner", "trial", [Roles.Shop], gateway.Time.GetUtcNow().AddSeconds(10), test.CancellationToken);

        using var before = await gateway.Get("/v1/orders", created.Key);
        gateway.Time.Advance(TimeSpan.FromSeconds(10));
        using var after = await gateway.Get("/v1/orders", created.Key);

        Assert.AreEqual(HttpStatusCode.OK, before.StatusCode);
        var problem = await TestGateway.Problem(after, 401);
        Assert.Contains("expired", problem.GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_revoked_key_is_refused_at_once()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        var created = await gateway.Keys.Create("partner", "lost laptop", [Roles.Shop], expires: null, test.CancellationToken);

        using var before = await gateway.Get("/v1/orders", created.Key);
        await gateway.Keys.Revoke(created.Id, test.CancellationToken);
        using var after = await gateway.Get("/v1/orders", created.Key);

        Assert.AreEqual(HttpStatusCode.OK, before.StatusCode);
        var problem = await TestGateway.Problem(after, 401);
        Assert.Contains("revoked", problem.GetProperty("detail").GetString()!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_key_revoked_by_another_process_is_refused_after_seconds()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        using var elsewhere = new ApiKeys($"Data Source={gateway.DatabaseFile}", gateway.Time);
        using var before = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        await elsewhere.Revoke((await elsewhere.List(test.CancellationToken)).Single(key => key.Client == "web-shop").Id, test.CancellationToken);
        gateway.Time.Advance(TimeSpan.FromSeconds(15));
        using var after = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual(HttpStatusCode.OK, before.StatusCode);
        await TestGateway.Problem(after, 401);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("/")]
    [DataRow("/v2/orders")]
    [DataRow("/health")]
    [DataRow("/swagger/index.html")]
    public async Task What_the_table_does_not_name_is_not_found(string path)
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        using var response = await gateway.Get(path, TestGateway.ShopKey);

        await TestGateway.Problem(response, 404);
    }
}

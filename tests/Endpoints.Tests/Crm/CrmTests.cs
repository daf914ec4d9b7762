using System.Text.Json.Nodes;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Crm;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Endpoints.Tests.Crm;

[TestClass]
public sealed class CrmTests(TestContext test)
{
    static readonly Customer Anna = new("C-1", "Anna", "anna@customers.example", "+7 900 000-00-01");

    // The connector's own repetitions would hide what the handler does.
    static readonly (string, string?)[] Once = [("Crm:Bitrix24:Retries", "0")];
    static readonly (string, string?)[] Impatient = [.. Once, ("Crm:Bitrix24:Timeout", "00:00:02")];

    // The demo has an application.
    static readonly (string, string?)[] Webhook =
    [
        ("Crm:Bitrix24:UserId", "1"), ("Crm:Bitrix24:Code", "sandbox-code"), ("Crm:Bitrix24:ClientId", ""), ("Crm:Bitrix24:ClientSecret", ""), ("Crm:Bitrix24:RefreshToken", ""),
    ];

    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_is_one_deal_from_new_to_won()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var crm = host.Connect(CrmEndpoint.AddServices);

        var stages = new List<string>();
        foreach (var happen in History(crm))
        {
            await happen();
            stages.Add((string)(await Deal(host))["STAGE_ID"]!);
        }

        CollectionAssert.AreEqual(new[] { "NEW", "PREPARATION", "EXECUTING", "FINAL_INVOICE", "WON" }, stages);
        var deal = await Deal(host);
        Assert.AreEqual(("Order A-1", "dovetail", "A-1"), ((string?)deal["TITLE"], (string?)deal["ORIGINATOR_ID"], (string?)deal["ORIGIN_ID"]));
        Assert.AreEqual(("4490.00", "RUB", "1"), ((string?)deal["OPPORTUNITY"], (string?)deal["CURRENCY_ID"], (string?)deal["CONTACT_ID"]));
        var contact = Assert.ContainsSingle(await Contacts(host))!;
        Assert.AreEqual(("Anna", "C-1"), ((string?)contact["NAME"], (string?)contact["ORIGIN_ID"]));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow("43210")]
    [DataRow("20413")]
    [DataRow("1342011")]
    public async Task In_whatever_order_events_come_the_deal_is_the_same(string order)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var history = History(host.Connect(CrmEndpoint.AddServices));

        foreach (var place in order)
            await history[place - '0']();

        var deal = await Deal(host);
        Assert.AreEqual(("WON", "4490.00", "1"), ((string?)deal["STAGE_ID"], (string?)deal["OPPORTUNITY"], (string?)deal["CONTACT_ID"]));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Doubled_and_at_once_and_in_several_processes_there_is_one_deal()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var processes = new[] { host.Connect(CrmEndpoint.AddServices), host.Connect(CrmEndpoint.AddServices) };

        await Task.WhenAll(processes.SelectMany(History).Select(happen => Task.Run(happen, test.CancellationToken)));

        var deal = await Deal(host);
        Assert.AreEqual(("WON", "4490.00", "1"), ((string?)deal["STAGE_ID"], (string?)deal["OPPORTUNITY"], (string?)deal["CONTACT_ID"]));
        Assert.ContainsSingle(await Contacts(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_customer_with_two_orders_at_once_is_one_contact()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var crm = host.Connect(CrmEndpoint.AddServices);

        await Task.WhenAll(Place(crm, "A-1", Anna), Place(crm, "A-2", Anna));

        Assert.ContainsSingle(await Contacts(host));
        Assert.HasCount(2, await host.Documents("bitrix24", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("+79000000001", "other@customers.example")]
    [DataRow("+7 900 999-99-99", "ANNA@customers.example")]
    public async Task Whom_the_sales_people_know_is_not_entered_again(string phone, string email)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var crm = host.Connect(CrmEndpoint.AddServices);
        await Place(crm, "A-1", Anna);

        await Place(crm, "A-2", new("C-2", "Anna B.", email, phone));

        Assert.ContainsSingle(await Contacts(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore), "crm.deal.add")]
    [DataRow(nameof(LeverEffect.FailAfter), "crm.deal.add")]
    [DataRow(nameof(LeverEffect.SilentAfter), "crm.deal.add")]
    [DataRow(nameof(LeverEffect.FailAfter), "crm.contact.add")]
    [DataRow(nameof(LeverEffect.SilentAfter), "crm.contact.add")]
    [DataRow(nameof(LeverEffect.Silent), "crm.deal.list")]
    public async Task Whatever_is_lost_on_the_way_there_is_one_deal_and_one_contact(string fault, string call)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new Lever("bitrix24", Enum.Parse<LeverEffect>(fault), Call: call, Times: 1));

        // Only where the portal is silent time must run out; elsewhere a busy machine could run it out too early.
        var settings = fault.StartsWith("Silent", StringComparison.Ordinal) ? Impatient : Once;
        var failure = await Assert.ThrowsAsync<Exception>(() => Place(host.Connect(CrmEndpoint.AddServices, [.. Webhook, .. settings]), "A-1", Anna));
        await Place(host.Connect(CrmEndpoint.AddServices), "A-1", Anna);

        Assert.DoesNotContain("sandbox-code", failure.ToString(), "The webhook's code is a secret.");
        Assert.AreEqual("NEW", (string?)(await Deal(host))["STAGE_ID"]);
        Assert.ContainsSingle(await Contacts(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task After_an_unanswered_add_nothing_is_added_until_it_can_not_appear_any_more()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock, ("Crm:Bitrix24:LongestRequest", "00:01:00"));
        host.Pull(new Lever("bitrix24", LeverEffect.Silent, Call: "crm.deal.add", Times: 1));
        await Assert.ThrowsExactlyAsync<TimeoutException>(() => Place(host.Connect(CrmEndpoint.AddServices, Impatient), "A-1", Anna));

        var crm = host.Connect(CrmEndpoint.AddServices);
        _clock.Advance(TimeSpan.FromSeconds(59));
        var early = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Place(crm, "A-1", Anna));
        Assert.Contains("did not answer", early.Message);
        Assert.IsEmpty(await host.Documents("bitrix24", "A-1", test.CancellationToken));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await Place(crm, "A-1", Anna);
        Assert.AreEqual("NEW", (string?)(await Deal(host))["STAGE_ID"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_cancelled_order_is_a_lost_deal_and_says_why()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var crm = host.Connect(CrmEndpoint.AddServices);

        await Handle<OrderCancelledHandler, OrderCancelled>(crm, new("A-1", At(9), "out of stock"));
        await Handle<OrderPaidHandler, OrderPaid>(crm, new("A-1", At(5), new(4490, "RUB")));

        var deal = await Deal(host);
        Assert.AreEqual(("LOSE", "Y", "4490.00"), ((string?)deal["STAGE_ID"], (string?)deal["CLOSED"], (string?)deal["OPPORTUNITY"]));
        Assert.AreEqual("Cancelled: out of stock", (string?)deal["COMMENTS"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_full_bucket_is_a_matter_of_time()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:Bitrix24:Capacity", "3"), ("Sandbox:Bitrix24:PerSecond", "0.001"));

        var refused = await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Place(host.Connect(CrmEndpoint.AddServices, Once), "A-1", Anna));

        Assert.Contains("503 QUERY_LIMIT_EXCEEDED", refused.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_wrong_code_is_a_matter_for_a_person()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var crm = host.Connect(CrmEndpoint.AddServices, [.. Webhook.Where(setting => setting.Item1 != "Crm:Bitrix24:Code"), ("Crm:Bitrix24:Code", "stolen")]);

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() => Place(crm, "A-1", Anna));

        Assert.Contains("401 NO_AUTH_FOUND", rejected.Message);
        Assert.DoesNotContain("stolen", rejected.Message);
        Assert.AreEqual(HealthStatus.Unhealthy, (await crm.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken)).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_health_check_sees_the_portal_and_says_what_a_webhook_does_not_hear()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var application = await Health(host.Connect(CrmEndpoint.AddServices));
        var webhook = await Health(host.Connect(CrmEndpoint.AddServices, Webhook));

        Assert.AreEqual((HealthStatus.Healthy, null), (application.Status, application.Description));
        Assert.AreEqual(HealthStatus.Healthy, webhook.Status);
        Assert.Contains("is not heard of", webhook.Description!);
    }

    async Task<HealthReportEntry> Health(IServiceProvider crm) =>
        (await crm.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "crm", test.CancellationToken)).Entries["crm"];

    Func<Task>[] History(IServiceProvider crm) =>
    [
        () => Place(crm, "A-1", Anna),
        () => Handle<OrderPricedHandler, OrderPriced>(crm, new("A-1", At(2), new(4500, "RUB"))),
        () => Handle<OrderPaidHandler, OrderPaid>(crm, new("A-1", At(6), new(4490, "RUB"))),
        () => Handle<OrderDeliveredHandler, OrderDelivered>(crm, new("A-1", At(9))),
        () => Handle<OrderCompletedHandler, OrderCompleted>(crm, new("A-1", At(10), 0)),
    ];

    Task Place(IServiceProvider crm, string orderId, Customer customer) => Handle<OrderPlacedHandler, OrderPlaced>(
        crm, new(orderId, At(1), "t-1", "shop", _clock.GetUtcNow(), customer, [], new(4990, "RUB")));

    async Task Handle<THandler, TMessage>(IServiceProvider crm, TMessage message) where THandler : NServiceBus.IHandleMessages<TMessage> =>
        Assert.IsEmpty((await Recording.Of<THandler, TMessage>(crm, message, test.CancellationToken)).Replies);

    async Task<JsonNode> Deal(SandboxHost host) => Assert.ContainsSingle(await host.Documents("bitrix24", "A-1", test.CancellationToken))!;

    Task<JsonArray> Contacts(SandboxHost host) => host.Documents("bitrix24-contacts", null, test.CancellationToken);

    Standing At(int sequence) => new(sequence, _clock.GetUtcNow());
}

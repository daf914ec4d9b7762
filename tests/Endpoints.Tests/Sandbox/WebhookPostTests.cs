using System.Text.Json;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Sandbox.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class WebhookPostTests(TestContext test)
{
    static readonly Money Price = new(4990m, "RUB");

    [TestMethod]
    public void The_signature_is_Stripes() => Assert.AreEqual(
        "t=1700000000,v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd",
        WebhookSignature.Of("whsec_test_secret", DateTimeOffset.FromUnixTimeSeconds(1700000000), """{"id":"evt_1","object":"event"}"""));

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task YooKassa_tells_of_every_change_with_the_whole_object()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken);
        await using var host = await Start("YooKassa", shop);
        await Pay(host, "YooKassa");

        var told = await shop.Take(3, test.CancellationToken);

        Assert.AreSequenceEqual(["payment.succeeded", "payment.waiting_for_capture", "refund.succeeded"], told.Select(delivery => delivery.What).Order(StringComparer.Ordinal));
        Assert.IsTrue(told.All(delivery => (string)delivery.Json["type"]! == "notification" && delivery.Signature.Length == 0));
        Assert.AreEqual("4990.00", (string)told.Single(delivery => delivery.What == "payment.succeeded").Json["object"]!["amount"]!["value"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_not_taken_comes_again_with_the_same_id_and_a_new_signature()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken, busy: 2);
        await using var host = await Start("Stripe", shop);
        await Hold(host, "Stripe");

        // Three events, two of which were not taken at first.
        var told = await shop.Take(5, test.CancellationToken);

        Assert.HasCount(3, told.Select(delivery => (string)delivery.Json["id"]!).Distinct());
        Assert.IsTrue(told.All(delivery => delivery.Signature.StartsWith("t=", StringComparison.Ordinal)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Levers_let_an_event_come_twice_or_be_overtaken()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken);
        await using var host = await Start("Stripe", shop);
        host.Pull(new("stripe-webhooks", LeverEffect.FailAfter, Call: "amount_capturable_updated", Times: 1));
        host.Pull(new("stripe-webhooks", LeverEffect.FailBefore, Call: "payment_intent.created"));
        await Hold(host, "Stripe");

        var told = (await shop.Take(3, test.CancellationToken)).Select(delivery => delivery.What);
        host.Services.GetRequiredService<Levers>().Release();
        var last = Assert.ContainsSingle(await shop.Take(1, test.CancellationToken));

        Assert.AreSequenceEqual(
            ["charge.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.amount_capturable_updated"], told.Order(StringComparer.Ordinal));
        Assert.AreEqual("payment_intent.created", last.What);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_was_not_delivered_is_delivered_after_a_restart()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken);
        await using var host = await Start("Stripe", shop);
        host.Pull(new("stripe-webhooks", LeverEffect.FailBefore));
        await Hold(host, "Stripe");

        await host.Restart(test.CancellationToken);

        Assert.HasCount(3, await shop.Take(3, test.CancellationToken));
    }

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Stripes_own_client_takes_the_signature()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken);
        await using var host = await Start("Stripe", shop);
        await Hold(host, "Stripe");

        var told = await shop.Take(3, test.CancellationToken);

        await NpmScript.Passes("stripe-webhooks.mjs", test.CancellationToken, ("DELIVERIES", JsonSerializer.Serialize(told)), ("SECRET", "whsec_sandbox"));
    }

    Task<SandboxHost> Start(string vendor, WebhookReceiver shop) => SandboxHost.Start(
        test.CancellationToken, null, ($"Sandbox:Webhooks:{vendor}", shop.Address), ("Sandbox:Webhooks:Retry", "00:00:00.05"));

    async Task<PaymentHeld> Hold(SandboxHost host, string vendor)
    {
        var payments = host.Connect(PaymentsEndpoint.AddServices, ("Payments:Provider", vendor));
        return await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, new("A-1", Price, vendor == "Stripe" ? "pm_card_visa" : "pm-1", "A-1/hold/1"));
    }

    async Task Pay(SandboxHost host, string vendor)
    {
        var held = await Hold(host, vendor);
        var payments = host.Connect(PaymentsEndpoint.AddServices, ("Payments:Provider", vendor));
        await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, Price, "A-1/refund/1"));
    }

    async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider payments, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(payments, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }
}

using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class PaymentProvidersTests(TestContext test)
{
    static readonly Money Price = new(4990m, "RUB");
    static readonly HoldPayment Hold = new("A-1", Price, "pm-1", "A-1/hold/1");

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_payment_is_finished_where_it_was_made_whatever_the_setting_says_by_then()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(Connect(host, "YooKassa"), Hold);
        var since = Connect(host, "Stripe");

        await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(since, new("A-1", held.PaymentId, Price, "A-1/capture/1"));
        var newer = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(since, new("A-2", Price, "pm_card_visa", "A-2/hold/1"));
        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(since, new("A-1", held.PaymentId, Price, "A-1/refund/1"));
        await Reply<VoidPaymentHandler, VoidPayment, PaymentVoided>(Connect(host, "YooKassa"), new("A-2", newer.PaymentId, "A-2/void/1"));

        Assert.HasCount(1, await host.Documents("yookassa", null, test.CancellationToken));
        Assert.HasCount(1, await host.Documents("stripe", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_whose_answer_was_lost_is_not_made_again_at_another_provider()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new("yookassa", LeverEffect.FailAfter, Match: "A-1", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Recording.Of<HoldPaymentHandler, HoldPayment>(
            Connect(host, "YooKassa", ("Payments:YooKassa:Retries", "0")), Hold, test.CancellationToken));

        await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(Connect(host, "Stripe"), Hold);

        Assert.HasCount(1, await host.Documents("yookassa", "A-1", test.CancellationToken));
        Assert.IsEmpty(await host.Documents("stripe", "A-1", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_payment_of_a_provider_that_is_not_configured_goes_to_a_person()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var alone = Alone(host);
        var capture = new CapturePayment("A-1", "pi_1", Price, "A-1/capture/1");

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() => Recording.Of<CapturePaymentHandler, CapturePayment>(alone, capture, test.CancellationToken));

        Assert.Contains("Payments:Stripe", rejected.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_provider_that_nobody_knows_is_refused_at_the_start()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var fault = Assert.ThrowsExactly<OptionsValidationException>(() => Connect(host, "PayPal").GetRequiredService<IOptions<PaymentsOptions>>().Value);

        Assert.AreEqual("Payments:Provider is 'PayPal', it must be YooKassa or Stripe.", Assert.ContainsSingle(fault.Failures));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_provider_that_only_finishes_old_payments_may_be_away_for_a_while()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var old = await Health(Connect(host, "YooKassa", ("Payments:Stripe:SecretKey", "wrong")));
        var chosen = await Health(Connect(host, "Stripe", ("Payments:Stripe:SecretKey", "wrong")));

        Assert.AreEqual((HealthStatus.Degraded, HealthStatus.Unhealthy), (old, chosen));
    }

    static ServiceProvider Connect(SandboxHost host, string provider, params (string Key, string? Value)[] settings) =>
        host.Connect(PaymentsEndpoint.AddServices, [("Payments:Provider", provider), .. settings]);

    static ServiceProvider Alone(SandboxHost host) => host.Connect((services, configuration) =>
    {
        foreach (var key in new[] { "BaseAddress", "SecretKey" })
            configuration[$"Payments:Stripe:{key}"] = null;
        PaymentsEndpoint.AddServices(services, configuration);
    });

    async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider payments, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(payments, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }

    async Task<HealthStatus> Health(IServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken)).Status;
}

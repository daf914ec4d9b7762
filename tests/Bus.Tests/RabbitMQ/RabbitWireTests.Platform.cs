using Dovetail.Bus.Platform;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Platform;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

public sealed partial class RabbitWireTests
{
    const string Control = "Particular.ServiceControl", Monitoring = "Particular.Monitoring";

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_an_endpoint_tells_the_platform_looks_the_same()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await CreateQueues(Control, Monitoring);
        var (control, monitoring) = (await raw.Tap(Control, Cancellation), await raw.Tap(Monitoring, Cancellation));
        await using var scenario = await Start("Billing", billing =>
        {
            billing.Hear<AskCommand>();
            billing.SendHeartbeatTo(Control, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(40));
            billing.ReportCustomChecksTo(Control, TimeSpan.FromMinutes(1));
            billing.AddCustomCheck<DiskCheck>();
            billing.EnableMetrics().SendMetricDataToServiceControl(Monitoring, TimeSpan.FromMilliseconds(100), "Billing-instance-1");
        });
        await scenario.Session("Billing").SendLocal(new AskCommand("x"), Cancellation);

        var seen = CapturedMessage.Read("11-heartbeat.txt").Concat(CapturedMessage.Read("12-custom-check.txt")).Where(message => message[Headers.ReplyToAddress] == "Billing").DistinctBy(KindOf).ToDictionary(KindOf);
        await All(control, seen);
        var measured = CapturedMessage.Read("13-metrics.txt").Where(message => message[Headers.OriginatingEndpoint] == "Billing").DistinctBy(KindOf).ToDictionary(KindOf);
        measured.Remove("Retries");
        await All(monitoring, measured);

        async Task All(string tap, Dictionary<string, CapturedMessage> captured)
        {
            Assert.HasCount(3, captured);
            while (captured.Count > 0)
            {
                var message = await raw.Next(tap, Cancellation);
                if (captured.Remove(message.Headers.GetValueOrDefault("NServiceBus.Metric.Type") ?? message.Headers[Headers.EnclosedMessageTypes], out var expected)) Same(expected, message, MetricSettings.InstanceHeader);
            }
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Changes_of_sagas_and_receipts_for_retries_look_the_same()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await CreateQueues(Control, "audit");
        var (control, audit) = (await raw.Tap(Control, Cancellation), await raw.Tap("audit", Cancellation));
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AddSaga<OrderSaga>();
            sales.Hear<AskCommand>();
            sales.AuditSagaStateChanges("audit");
            AreMessages(sales);
        });
        await CreateQueues("Billing");

        await scenario.Session("Sales").SendLocal(new PlaceOrder(Guid.NewGuid(), "Ann", 12.5m), Cancellation);
        Same(CapturedMessage.Read("10-saga-audit.txt")[0], await raw.Next(audit, Cancellation));

        var headers = HeadersOf<AskCommand>("retry-1");
        headers["ServiceControl.Retry.UniqueMessageId"] = "0f0f0f0f-1111-2222-3333-444444444444";
        headers["ServiceControl.Retry.AcknowledgementQueue"] = Control;
        await Inject("Sales", headers);
        Same(CapturedMessage.Read("14-servicecontrol-retry-ack.txt")[1], await raw.Next(control, Cancellation));
    }

    static string KindOf(CapturedMessage message) => message.Headers.ToDictionary() is var headers && headers.TryGetValue("NServiceBus.Metric.Type", out var metric)
        ? metric
        : headers[Headers.EnclosedMessageTypes];
}

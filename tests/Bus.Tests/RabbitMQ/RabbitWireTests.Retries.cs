using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Platform;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

public sealed partial class RabbitWireTests
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_fails_twice_takes_the_same_way()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var trace = await BrokerTrace.Start(raw, _bus.VirtualHost);
        var (delivered, delayed) = (await trace.Delivered("Billing", Cancellation), await trace.Published("nsb.v2.delay-level-01", Cancellation));
        var attempts = 0;
        await using var scenario = await Start(
            ("Sales", (sales, _) => sales.Hear<AskCommand>()),
            ("Billing", (billing, _) =>
            {
                billing.On<FailTwice>((_, _, _) => ++attempts <= 2 ? throw new InvalidOperationException("fails twice") : Task.CompletedTask);
                billing.AuditProcessedMessagesTo("audit");
                RetryAsCaptured(billing);
            }
        ));
        var audit = await raw.Tap("audit", Cancellation);

        await scenario.Session("Sales").Send("Billing", new FailTwice { OrderId = Guid.NewGuid() }, Cancellation);

        // Their second delivery is the immediate retry: here it does not go through the queue (docs/decisions/compatibility.md).
        Same(FailedTwice(0), await trace.Next(delivered, Cancellation));
        Same(FailedTwice(3), await trace.Next(delayed, Cancellation));
        Same(FailedTwice(2), await trace.Next(delivered, Cancellation));
        Same(Captured("07-audited-messages.txt", 6), await raw.Next(audit, Cancellation));
        Assert.AreEqual(3, attempts);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_NServiceBus_gave_back_to_a_queue_of_both_is_delayed_the_same_way()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var trace = await BrokerTrace.Start(raw, _bus.VirtualHost);
        await CreateQueues("Billing");
        await using var sales = await Start("Sales", sales => sales.Hear<AskCommand>());
        await sales.Session("Sales").Send("Billing", new FailTwice { OrderId = Guid.NewGuid() }, Cancellation);

        // As theirs does for an immediate retry.
        var failed = await raw.Get("Billing", Cancellation, autoAck: false);
        await raw.Channel.BasicRejectAsync(failed.DeliveryTag, requeue: true, Cancellation);
        var (delivered, delayed) = (await trace.Delivered("Billing", Cancellation), await trace.Published("nsb.v2.delay-level-01", Cancellation));
        await using var scenario = await Start("Billing", billing =>
        {
            billing.On<FailTwice>((_, _, _) => throw new InvalidOperationException("fails again"));
            RetryAsCaptured(billing);
        });

        Same(FailedTwice(1), await trace.Next(delivered, Cancellation));
        Same(FailedTwice(3), await trace.Next(delayed, Cancellation));
    }

    static void RetryAsCaptured(EndpointConfiguration endpoint) =>
        endpoint.Recoverability().Immediate(immediate => immediate.NumberOfRetries(1)).Delayed(delayed => delayed.NumberOfRetries(2).TimeIncrease(TimeSpan.FromSeconds(2)));

    static CapturedMessage FailedTwice(int place) => Captured("09-retry-FailTwice.txt", place);

    static void Same(CapturedMessage expected, TracedMessage actual)
    {
        Assert.AreEqual(expected.Way, actual.Way);
        Same(expected, actual.Message);
        Assert.AreEqual(Id().Replace(expected.Text, "(id)"), Id().Replace(actual.Message.Text, "(id)"));
    }
}

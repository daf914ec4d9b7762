using System.Globalization;
using System.Text;
using Dovetail.Bus.Tests.Api;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Platform;
using Dovetail.Bus.Transport;
using NServiceBus;
using RabbitMQ.Client;
using Headers = NServiceBus.Headers;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What comes from elsewhere: from NServiceBus as it was captured, and from programs that know nothing of it.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitInteropTests(TestContext test) : BusContract(test)
{
    readonly RabbitBus _bus = new();

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Captured_messages_are_handled()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<PlaceOrder>();
            sales.Hear<BillOrder>();
            sales.Hear<BillingAccepted>();
            sales.Hear<OrderBilled>();
            sales.Hear<DelayedCommand>();
            sales.Hear<Perishable>();
            sales.Conventions().DefiningMessagesAs(type => type.Assembly == typeof(PlaceOrder).Assembly && type.Name is nameof(PlaceOrder) or nameof(BillOrder) or nameof(BillingAccepted));
        });
        var captured = new[] { ("01-sent-command.txt", 0), ("01-sent-command.txt", 2), ("02-published-event.txt", 2), ("03-reply.txt", 0), ("05-delayed-command.txt", 1), ("06-ttbr-command.txt", 0) }
            .Select(one => CapturedMessage.ReadFrom(TestSources.RabbitMQ(one.Item1))[one.Item2]).ToList();

        foreach (var message in captured) await raw.Publish("Sales", Native(message), message.Text, Cancellation);

        var heard = await scenario.Notes.Until<Arrived>(captured.Count, Cancellation);
        CollectionAssert.AreEquivalent(captured.Select(message => message[Headers.MessageId]).ToList(), heard.Select(one => one.MessageId).ToList());
        Assert.AreEqual("Ann Ж 0", heard.Select(one => one.Message).OfType<PlaceOrder>().Single().Customer);
        Assert.AreEqual("later", heard.Select(one => one.Message).OfType<DelayedCommand>().Single().Text);
        Assert.AreEqual("custom value ü", heard.Single(one => one.Message is DelayedCommand).Headers["My.Custom.Header"]);
        foreach (var one in heard) CollectionAssert.AreEqual(Array.Empty<string>(), one.Headers.Keys.Where(key => key.StartsWith("x-", StringComparison.Ordinal) || key.Contains("DelayInSeconds", StringComparison.Ordinal)).ToArray());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_can_not_be_handled_is_parked_as_NServiceBus_parks_it()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var scenario = await Start("Billing", billing =>
        {
            billing.Hear<BillOrder>();
            billing.Recoverability().Immediate(immediate => immediate.NumberOfRetries(0)).Delayed(delayed => delayed.NumberOfRetries(0));
        });
        var captured = CapturedMessage.ReadFrom(TestSources.RabbitMQ("15-bad-messages.txt"));
        var error = await raw.Tap("error", Cancellation);

        foreach (var bad in new[] { captured[0], captured[1], captured[3] }) await raw.Publish("Billing", Native(bad), bad.Text, Cancellation);

        var parked = new List<RawMessage>();
        while (parked.Count < 3) parked.Add(await raw.Next(error, Cancellation));
        var unknown = parked.Single(message => message.Properties.GetValueOrDefault("message_id") == captured[1].Properties["message_id"]);
        var theirs = captured.Single(message => message.Headers.Any(header => header.Key == "NServiceBus.FailedQ") && message.Properties["message_id"] == unknown.Properties["message_id"]);
        CollectionAssert.AreEquivalent(theirs.Properties.Keys.ToList(), unknown.Properties.Keys.ToList());
        // The exception has no inner one here, and with it goes its type; the count is the queue's.
        CollectionAssert.AreEquivalent(
            theirs.Headers.Select(header => header.Key).Except(["NServiceBus.ExceptionInfo.InnerExceptionType", "x-delivery-count"]).ToList(), unknown.Headers.Keys.Except(["NServiceBus.ExceptionInfo.InnerExceptionType", "traceparent"]).ToList());

        var nameless = parked.Single(message => !message.Properties.ContainsKey("message_id"));
        Assert.AreEqual("message-id", nameless.Headers["no"]);
        Assert.HasCount(1, nameless.Headers);
        Assert.AreEqual(captured[3].Text, nameless.Text);
    }

    [Scenario(155, 159)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_plain_message_is_handled_whatever_its_headers_are()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var properties = new BasicProperties
        {
            MessageId = "native-1",
            Type = typeof(AskCommand).FullName,
            ContentType = "application/json",
            ReplyTo = "Elsewhere",
            CorrelationId = "conversation-7",
            Headers = new Dictionary<string, object?>
            {
                ["text"] = "Жё",
                ["number"] = 7,
                ["large"] = 5_000_000_000L,
                ["fraction"] = 1.5,
                ["flag"] = true,
                ["time"] = new AmqpTimestamp(1_772_366_400),
                ["table"] = new Dictionary<string, object?> { ["a"] = 1, ["b"] = "two" },
                ["list"] = new List<object?> { 1, "two" },
                ["nothing"] = null,
                [Headers.ReplyToAddress] = "overridden",
            },
        };

        await raw.Publish("Sales", properties, """{"Text":"native"}""", Cancellation);

        var heard = (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single();
        Assert.AreEqual(new AskCommand("native"), heard.Message);
        Assert.AreEqual("native-1", heard.MessageId);
        var wanted = new Dictionary<string, string>
        {
            ["text"] = "Жё", ["number"] = "7", ["large"] = "5000000000", ["fraction"] = "1.5", ["flag"] = "True", ["time"] = "2026-03-01 12:00:00:000000 Z", ["table"] = "a=1,b=two", ["list"] = "1;two", ["nothing"] = "",
            [Headers.ReplyToAddress] = "Elsewhere", [Headers.CorrelationId] = "conversation-7", [Headers.ContentType] = "application/json", [Headers.EnclosedMessageTypes] = typeof(AskCommand).FullName!,
        };
        CollectionAssert.IsSubsetOf(wanted.ToList(), heard.Headers.ToList());
    }

    [Scenario(153)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_broker_counts_how_often_a_message_came_back()
    {
        await using var transport = Open();
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([new OutgoingOperation("1", [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        await using var receiver = transport.Receive("Sales");

        for (var attempt = 1; attempt <= 4; attempt++)
        {
            var taken = (await receiver.Take(1, Cancellation)).Single();
            Assert.AreEqual(attempt, taken.Attempt);
            Assert.DoesNotContain("x-delivery-count", taken.Headers.Keys);
            await receiver.Release(taken, Cancellation);
        }
    }

    [Scenario(158)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_may_get_lost_says_so_natively_and_stays_so_when_it_is_forwarded()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>((_, context, _) => context.ForwardCurrentMessageTo("Elsewhere")));
        var (sales, elsewhere) = (await raw.Tap("Sales", Cancellation), await raw.Tap("Elsewhere", Cancellation));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.UseNonPersistentDeliveryMode();

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);

        foreach (var tap in new[] { sales, elsewhere })
        {
            var message = await raw.Next(tap, Cancellation);
            Assert.AreEqual("1", message.Properties["delivery_mode"]);
            Assert.IsFalse(message.Headers.Keys.Any(key => key.Contains("NonPersistent", StringComparison.Ordinal)));
        }
    }

    [Scenario(152)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_no_queue_takes_fails_alone()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var transport = Open();
        await transport.CreateQueues(["Sales", "Gone"], Cancellation);
        await transport.Send([To("0", "Gone")], Cancellation);
        await raw.Channel.QueueDeleteAsync("Gone", cancellationToken: Cancellation);

        // First its exchange is there without a queue, then it is gone too, and the broker closes the channel for it.
        var unrouted = Assert.ThrowsAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => transport.Send([To("1", "Gone")], Cancellation));
        await Task.WhenAll([unrouted, .. Enumerable.Range(0, 50).Select(number => transport.Send([To($"a{number}", "Sales")], Cancellation))]);
        await raw.Channel.ExchangeDeleteAsync("Gone", cancellationToken: Cancellation);
        var missing = Assert.ThrowsAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => transport.Send([To("2", "Gone")], Cancellation));
        await Task.WhenAll([missing, .. Enumerable.Range(0, 50).Select(number => transport.Send([To($"b{number}", "Sales")], Cancellation))]);

        StringAssert.Contains((await missing).Message, "Gone");
        Assert.HasCount(100, (await Take(transport, "Sales", 100)).Select(message => message.NativeId).Distinct().ToList());

        static OutgoingOperation To(string id, string queue) => new(id, [], Encoding.UTF8.GetBytes("{}"), new Target.Queue(queue));
    }

    private protected override IBusUnderTest CreateBus() => _bus;

    /// <summary>As it was captured, but for the names of the types, which here are others.</summary>
    static BasicProperties Native(CapturedMessage captured)
    {
        var properties = new BasicProperties { Headers = captured.Headers.ToDictionary(header => header.Key, header => Value(Renamed(header.Value))) };
        foreach (var (name, value) in captured.Properties)
        {
            if (name == "type") properties.Type = Renamed(value);
            else if (name == "message_id") properties.MessageId = value;
            else if (name == "reply_to") properties.ReplyTo = value;
            else if (name == "correlation_id") properties.CorrelationId = value;
            else if (name == "content_type") properties.ContentType = value;
            else if (name == "expiration") properties.Expiration = value;
            else properties.DeliveryMode = DeliveryModes.Persistent;
        }
        if (captured.Headers.Count > 1) properties.Headers["x-dotnet-pub-seq-no"] = 4L;
        return properties;
    }

    static object? Value(string text) => text.StartsWith("<int32:", StringComparison.Ordinal) ? int.Parse(text[7..^1], CultureInfo.InvariantCulture) : text.StartsWith("<int64:", StringComparison.Ordinal) ? long.Parse(text[7..^1], CultureInfo.InvariantCulture) : text;

    static string Renamed(string value) => new[] { typeof(PlaceOrder), typeof(BillOrder), typeof(BillingAccepted), typeof(OrderBilled), typeof(IOrderEvent), typeof(DelayedCommand), typeof(Perishable) }
        .Aggregate(value, (text, type) => text.Replace($"Shop.Messages.{type.Name}", type.FullName, StringComparison.Ordinal));
}

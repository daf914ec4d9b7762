using System.Text.RegularExpressions;
using Dovetail.Bus.Tests.Api;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Platform;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What our endpoints put on the wire beside what NServiceBus 10.2 was seen to put there: property by property, header by header.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed partial class RabbitWireTests(TestContext test) : BusContract(test)
{
    readonly RabbitBus _bus = new();

    [Scenario(149)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_conversation_looks_the_same()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var scenario = await Start(
            ("Sales", (sales, _) =>
            {
                sales.AddSaga<OrderSaga>();
                sales.Hear<OrderBilled>();
                AreMessages(sales);
            }
        ),
            ("Billing", (billing, _) =>
            {
                billing.On<BillOrder>(async (order, context, _) =>
                {
                    await context.Reply(new BillingAccepted(order.OrderId, "INV-1"));
                    await context.Publish(new OrderBilled { OrderId = order.OrderId });
                });
                AreMessages(billing);
            }
        ));
        var (toSales, toBilling) = (await raw.Tap("Sales", Cancellation), await raw.Tap("Billing", Cancellation));
        var (billed, late) = (await raw.Tap($"{typeof(OrderBilled).Namespace}:OrderBilled", Cancellation), await raw.Tap("nsb.v2.delay-level-03", Cancellation));

        await scenario.Session("Sales").SendLocal(new PlaceOrder(Guid.NewGuid(), "Ann", 12.5m), Cancellation);

        Same(Captured("01-sent-command.txt", 0), await raw.Next(toSales, Cancellation));
        Same(Captured("01-sent-command.txt", 1), await raw.Next(toBilling, Cancellation));
        Same(Captured("04-saga-timeout-request.txt", 0), await raw.Next(late, Cancellation), "Dovetail.SagaTimeout");
        Same(Captured("03-reply.txt", 0), await Reply());
        Same(Captured("02-published-event.txt", 2), await raw.Next(billed, Cancellation));

        async Task<RawMessage> Reply()
        {
            // The event goes through the same exchange.
            var message = await raw.Next(toSales, Cancellation);
            return message.Headers[Headers.MessageIntent] == "Reply" ? message : await raw.Next(toSales, Cancellation);
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Delayed_and_perishable_commands_look_the_same()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await CreateQueues("Billing");
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var (now, later) = (await raw.Tap("Billing", Cancellation), await raw.Tap("nsb.v2.delay-level-02", Cancellation));
        var options = new SendOptions();
        options.SetDestination("Billing");
        options.DelayDeliveryWith(TimeSpan.FromSeconds(5));
        options.SetHeader("My.Custom.Header", "custom value ü");

        await scenario.Session("Sales").Send(new DelayedCommand { Text = "later" }, options, Cancellation);
        await scenario.Session("Sales").Send("Billing", new Perishable { Text = "soon stale" }, Cancellation);

        var delayed = await raw.Next(later, Cancellation);
        Same(Captured("05-delayed-command.txt", 0), delayed);
        Assert.AreEqual("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.1.Billing", delayed.RoutingKey);
        Same(Captured("06-ttbr-command.txt", 0), await raw.Next(now, Cancellation));
    }

    [Scenario(151)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Retries_and_what_is_parked_in_the_end_look_the_same()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await using var scenario = await Start(
            ("Sales", (sales, _) => sales.Hear<AskCommand>()),
            ("Billing", (billing, _) =>
            {
                billing.AddHandler<FailAlwaysHandler>();
                billing.Recoverability().Immediate(immediate => immediate.NumberOfRetries(1)).Delayed(delayed => delayed.NumberOfRetries(1).TimeIncrease(TimeSpan.FromSeconds(2)));
            }
        ));
        var (later, parked) = (await raw.Tap("nsb.v2.delay-level-01", Cancellation), await raw.Tap("error", Cancellation));

        await scenario.Session("Sales").Send("Billing", new FailAlways { Text = "always fails" }, Cancellation);

        Same(Captured("08-retries-and-error-FailAlways.txt", 3), await raw.Next(later, Cancellation));
        Same(Captured("08-retries-and-error-FailAlways.txt", 9), await raw.Next(parked, Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_audit_s_copies_look_the_same()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await CreateQueues("Billing", "Particular.ServiceControl");
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AddSaga<OrderSaga>();
            sales.AuditProcessedMessagesTo("audit");
            sales.AuditSagaStateChanges("Particular.ServiceControl");
            AreMessages(sales);
        });
        var audit = await raw.Tap("audit", Cancellation);

        await scenario.Session("Sales").SendLocal(new PlaceOrder(Guid.NewGuid(), "Ann", 12.5m), Cancellation);

        Same(Captured("07-audited-messages.txt", 0), await raw.Next(audit, Cancellation));
    }

    private protected override IBusUnderTest CreateBus() => _bus;

    static void AreMessages(EndpointConfiguration endpoint) => endpoint.Conventions()
        .DefiningEventsAs(type => type == typeof(Platform.OrderPlaced) || typeof(IOrderEvent).IsAssignableFrom(type))
        .DefiningMessagesAs(type => type == typeof(PlaceOrder) || type == typeof(BillOrder) || type == typeof(BillingAccepted));

    static CapturedMessage Captured(string file, int place) => CapturedMessage.ReadFrom(TestSources.RabbitMQ(file))[place];

    /// <param name="ours">Headers that only we write.</param>
    static void Same(CapturedMessage expected, RawMessage actual, params string[] ours)
    {
        Assert.AreEqual(Told(expected.Properties), Told(actual.Properties));
        var theirs = expected.Headers.Where(header => header.Key != "NServiceBus.Metric.InstanceId").ToDictionary();
        Assert.AreEqual(Told(theirs), Told(actual.Headers.Where(header => !ours.Contains(header.Key) && header.Key is not ("traceparent" or "tracestate" or "baggage")).ToDictionary()));
    }

    static string Told(IReadOnlyDictionary<string, string> values) => string.Join('\n', values.Select(value => $"{value.Key} = {Form(value.Key, value.Value)}").Order(StringComparer.Ordinal));

    /// <summary>What differs from message to message, machine to machine and assembly to assembly is taken out.</summary>
    static string Form(string key, string value) => key switch
    {
        "NServiceBus.OriginatingMachine" or "NServiceBus.ProcessingMachine" or "$.diagnostics.hostdisplayname" => "(machine)",
        "NServiceBus.ExceptionInfo.Message" or "NServiceBus.ExceptionInfo.Source" or "NServiceBus.ExceptionInfo.Data.Handler type" or "NServiceBus.ExceptionInfo.Data.Message type" => "(text)",
        "NServiceBus.InvokedSagas" => Id().Replace(value.Split('.', '+')[^1], "(id)"),
        "NServiceBus.ExceptionInfo.StackTrace" => value.Split(':')[0],
        "type" => value.Split('.', '+')[^1],
        "x-death" => Moment().Replace(value, "timestamp:(time)"),
        "delivery_mode" => value.Replace("int32:", "", StringComparison.Ordinal),
        _ => AssemblyPart().Replace(Hex().Replace(Id().Replace(Time().Replace(value, "(time)"), "(id)"), "(hex)"), "$1"),
    };

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Hex();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{6} Z$")]
    private static partial Regex Time();

    [GeneratedRegex(@"timestamp:\d+")]
    private static partial Regex Moment();

    [GeneratedRegex(@"(?:[\w]+[.+])*(\w+), [\w.]+, Version=[\d.]+, Culture=neutral, PublicKeyToken=null")]
    private static partial Regex AssemblyPart();
}

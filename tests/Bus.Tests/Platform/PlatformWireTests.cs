using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Twin;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.Platform;

/// <summary>What the engine tells the platform beside what the official plugins were seen to send: header by header, and the bodies letter by letter.</summary>
[TestClass]
public sealed partial class PlatformWireTests(TestContext test)
{
    const int Limit = 60_000;
    const string SalesHost = "334739ee-4591-5605-9349-58cb24094137", BillingHost = "883c71ce-817d-a3d8-a504-61d3b72cf231";

    readonly ConcurrentQueue<OutgoingOperation> _left = [];
    readonly InMemoryBroker _broker = new(CommitMode.Apart);

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Heartbeats_are_the_plugin_s()
    {
        var captured = CapturedMessage.Read("11-heartbeat.txt").Where(message => message["NServiceBus.ReplyToAddress"] == "Sales").ToList();
        await using var scenario = await Start("Sales", SalesHost, sales => sales.SendHeartbeatTo("Particular.ServiceControl", TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(40)));

        foreach (var expected in captured) Same(expected, await Left(message => message.Headers[Headers.EnclosedMessageTypes] == expected[Headers.EnclosedMessageTypes]));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_heartbeat_is_worth_four_intervals_unless_told_and_comes_every_ten_seconds()
    {
        await using var scenario = await Start("Sales", SalesHost, sales => sales.SendHeartbeatTo("Particular.ServiceControl"));

        Assert.AreEqual(TimeSpan.FromSeconds(40), (await Left(_ => true)).ExpiresAfter);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_result_of_a_check_is_the_plugin_s()
    {
        await using var scenario = await Start("Billing", BillingHost, billing =>
        {
            billing.ReportCustomChecksTo("Particular.ServiceControl", TimeSpan.FromMinutes(1));
            billing.AddCustomCheck<DiskCheck>();
        });

        Same(CapturedMessage.Read("12-custom-check.txt")[0], await Left(_ => true));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_changes_of_a_saga_are_told_as_the_plugin_tells_them()
    {
        var captured = CapturedMessage.Read("10-saga-audit.txt");
        foreach (var queue in new[] { "audit", "Billing" }) _broker.Create(queue);
        await using var scenario = await Start("Sales", SalesHost, sales =>
        {
            sales.AddSaga<OrderSaga>();
            sales.AuditSagaStateChanges("audit");
            sales.Conventions().DefiningEventsAs(type => type == typeof(OrderPlaced)).DefiningMessagesAs(type => type == typeof(PlaceOrder) || type == typeof(BillOrder) || type == typeof(BillingAccepted));
        });

        await Send<PlaceOrder>("4a307157-7ee5-4edd-b140-b509013c40a9", "Send", "Sales", "2026-11-21 19:11:26:450939 Z", """{"OrderId":"2a7a7674-0e99-4867-a178-19437a085aba","Customer":"Ann Ж 0","Total":12.50}""");
        var begun = await Left(IsAudit);
        Same(captured[0], begun);
        var saga = Regex.Match(Encoding.UTF8.GetString(begun.Body.Span), "\"SagaId\":\"([^\"]+)").Groups[1].Value;

        _left.Clear();
        await Send<BillingAccepted>("537f6926-cc4f-4320-a345-b509013c4160", "Reply", "Billing", "2026-11-21 19:11:27:043198 Z", """{"OrderId":"2a7a7674-0e99-4867-a178-19437a085aba","Invoice":"INV-1"}""");
        Same(captured[2], await Left(IsAudit));

        _left.Clear();
        await Send<OrderTimeout>("44eea873-8543-41af-98d2-b509013c4111", "Send", "Sales", "2026-11-21 19:11:26:809304 Z", "{}", headers =>
        {
            headers[Headers.IsSagaTimeoutMessage] = "True";
            (headers[Headers.SagaId], headers[Headers.SagaType]) = (saga, typeof(OrderSaga).AssemblyQualifiedName!);
        });
        var ended = Normal(Encoding.UTF8.GetString((await Left(IsAudit)).Body.Span));
        foreach (var part in new[] { "\"IsSagaTimeoutMessage\":true", "\"MessageType\":\"OrderTimeout\"", "\"IsNew\":false,\"IsCompleted\":true", "\"TimeSent\":\"2026-11-21T19:11:26.809304Z\"" })
        {
            StringAssert.Contains(ended, part);
            StringAssert.Contains(captured[6].Text, part);
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Metrics_are_the_plugin_s_and_their_instance_stands_on_every_message_at_its_place()
    {
        var captured = CapturedMessage.Read("13-metrics.txt");
        foreach (var queue in new[] { "elsewhere" }) _broker.Create(queue);
        await using var scenario = await Start("Billing", BillingHost, billing =>
        {
            billing.On<FailOnceCommand>((_, context, notes) =>
            {
                notes.Write(context.MessageId);
                return notes.Of<string>().Count == 1 ? throw new InvalidOperationException("only the first time") : context.Send("elsewhere", new AskCommand("x"));
            });
            billing.EnableMetrics().SendMetricDataToServiceControl("Particular.Monitoring", TimeSpan.FromMilliseconds(50), "Billing-instance-1");
        });
        Same(captured[0], await Left(message => message.Headers.ContainsKey(Headers.EnclosedMessageTypes)));

        await scenario.Session("Billing").SendLocal(new FailOnceCommand(), test.CancellationToken);

        foreach (var metric in new[] { "ProcessingTime", "CriticalTime", "Retries" })
        {
            var sent = await Left(message => message.Headers.GetValueOrDefault("NServiceBus.Metric.Type") == metric);
            Same(captured.First(message => message.Headers.Any(header => header.Value == metric) && message[Headers.OriginatingEndpoint] == "Billing"), sent, withBody: false);
            var value = MetricMessage.Read(sent.Body).Single();
            Assert.AreEqual(typeof(FailOnceCommand).AssemblyQualifiedName, value.Tag);
            Assert.IsLessThan(TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow() - value.At);
            if (metric == "Retries") Assert.AreEqual(1, value.Value);
        }
        var order = (await Left(message => message.Target is Target.Queue { Address: "elsewhere" })).Headers.Keys.ToList();
        Assert.AreEqual(order.IndexOf(Headers.CorrelationId) + 1, order.IndexOf(MetricSettings.InstanceHeader));
    }

    [TestMethod]
    public void Values_are_written_byte_for_byte_as_the_plugin_writes_them()
    {
        var captured = CapturedMessage.Read("13-metrics.txt").Where(message => message.Headers.Any(header => header.Key == "NServiceBus.Metric.Type")).ToList();
        Assert.HasCount(14, captured);

        // Its numbers of tags go on from message to message; each message lists those that it uses, so ours begin anew.
        foreach (var message in captured) CollectionAssert.AreEqual(MetricMessage.Read(message.Body).ToList(), MetricMessage.Read(TaggedValues.Write(MetricMessage.Read(message.Body))).ToList());
        foreach (var first in captured.DistinctBy(message => (message[Headers.OriginatingEndpoint], message["NServiceBus.Metric.Type"])))
            CollectionAssert.AreEqual(first.Body, TaggedValues.Write(MetricMessage.Read(first.Body)));
    }

    static bool IsAudit(OutgoingOperation message) => message.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) == SagaUpdate.WireName;

    static void Same(CapturedMessage expected, OutgoingOperation sent, bool withBody = true)
    {
        CollectionAssert.AreEqual(expected.Headers.ToList(), sent.Headers.ToList(), $"Seen were {string.Join(", ", expected.Headers)}; sent are {string.Join(", ", sent.Headers)}.");
        Assert.AreEqual(expected.Worth, sent.ExpiresAfter);
        Assert.IsTrue(Guid.TryParseExact(sent.MessageId, "D", out _));
        Assert.IsTrue(sent.MayGetLost, "Nobody's message may fail because the platform is not there.");
        if (withBody) Assert.AreEqual(Normal(expected.Text), Normal(Encoding.UTF8.GetString(sent.Body.Span)));
    }

    /// <summary>Without what differs from run to run. Names of types differ in their namespaces.</summary>
    static string Normal(string body)
    {
        var own = Regex.Replace(body, @"Dovetail\.Bus\.Tests\.Platform\.(OrderSaga|OrderTimeout)", "$1").Replace("Dovetail.Bus.Tests.Platform.", "Shop.Messages.", StringComparison.Ordinal);
        return Varying().Replace(own, "$1(varies)");
    }

    [GeneratedRegex("(\"(?:StartedAt|ExecutedAt|ReportedAt|StartTime|FinishTime|ProcessID|UserName|PathToExecutable|SagaId|ResultingMessageId)\":\"|\"MessageType\":\"[^\"]*\",\"TimeSent\":\"|u0022Id\\\\u0022:\\\\u0022)[^\"\\\\]*")]
    private static partial Regex Varying();

    Task<Scenario> Start(string endpoint, string host, Action<EndpointConfiguration> configure) => Scenario.Start(
        new InMemoryBus(CommitMode.Apart),
        [(endpoint, (settings, _) =>
        {
            settings.UsePersistence<NotedPersistence>();
            settings.UseTransport(new NotedTransport(_broker, _left));
            settings.UniquelyIdentifyRunningInstance().UsingCustomIdentifier(new Guid(host)).UsingCustomDisplayName("vm").UsingHostName("vm");
            configure(settings);
        })],
        test.CancellationToken);

    async Task Send<T>(string id, string intent, string sender, string sentAt, string body, Action<Dictionary<string, string>>? more = null)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Headers.MessageId] = id,
            [Headers.MessageIntent] = intent,
            [Headers.ContentType] = "application/json",
            [Headers.EnclosedMessageTypes] = typeof(T).AssemblyQualifiedName!,
            [Headers.TimeSent] = sentAt,
            [Headers.OriginatingEndpoint] = sender,
            [Headers.OriginatingMachine] = "vm",
            [Headers.ReplyToAddress] = sender,
        };
        more?.Invoke(headers);
        await using var transport = new InMemoryTransport(_broker).Create(new TransportContext("Test", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        await transport.Send([new OutgoingOperation(id, headers, Encoding.UTF8.GetBytes(body), new Target.Queue("Sales"))], test.CancellationToken);
    }

    async Task<OutgoingOperation> Left(Func<OutgoingOperation, bool> isIt)
    {
        while (true)
        {
            if (_left.FirstOrDefault(isIt) is { } message) return message;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, test.CancellationToken);
        }
    }
}

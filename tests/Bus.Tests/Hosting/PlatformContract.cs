using System.Text.Json;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What endpoints tell the platform about themselves, on every transport and store. Derive one class for each pair.</summary>
public abstract class PlatformContract(TestContext test) : BusContract(test)
{
    const string Queue = "Particular.ServiceControl", Monitoring = "Particular.Monitoring", Audit = "audit";

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_endpoint_tells_that_it_started_and_then_that_it_runs()
    {
        await using var transport = Open();
        await transport.CreateQueues([Queue], Cancellation);
        await using var scenario = await Start("Sales", sales => sales.SendHeartbeatTo(Queue, TimeSpan.FromMilliseconds(50)));

        var told = await Take(transport, Queue, 3);

        CollectionAssert.AreEqual(
            new[] { "RegisterEndpointStartup", "EndpointHeartbeat", "EndpointHeartbeat" },
            told.Select(message => message.Headers[Headers.EnclosedMessageTypes].Split('.')[^1]).ToArray());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_change_of_a_saga_is_told_if_it_is_committed_and_only_then()
    {
        await CreateQueues(Audit);
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AddSaga<Counter>();
            sales.AuditSagaStateChanges("changes");
            sales.AuditProcessedMessagesTo(Audit);
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(0));
        });
        await CreateQueues("changes");
        var session = scenario.Session("Sales");

        await session.SendLocal(new BeginCommand("A"), Cancellation);
        var begun = await Next("changes");
        var saga = JsonDocument.Parse(begun.Body).RootElement.GetProperty("SagaId").GetString();
        Assert.AreEqual($"{saga}:New", (await Next(Audit)).Headers["ServiceControl.SagaStateChange"]);

        await session.SendLocal(new CountCommand("A", -1), Cancellation);
        var parked = await Parked();
        Assert.DoesNotContain("NServiceBus.InvokedSagas", parked.Headers.Keys, "What was not committed has not happened.");

        await session.SendLocal(new EndCommand("A"), Cancellation);
        var ended = JsonDocument.Parse((await Next("changes")).Body).RootElement;
        Assert.IsTrue(ended.GetProperty("IsCompleted").GetBoolean());
        var copy = await Next(Audit);
        Assert.AreEqual($"{saga}:Completed", copy.Headers["ServiceControl.SagaStateChange"]);
        Assert.AreEqual($"{typeof(Counter).FullName}:{saga}", copy.Headers["NServiceBus.InvokedSagas"]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Of_a_state_is_told_what_the_endpoint_s_own_function_says_and_nothing_if_it_fails()
    {
        await CreateQueues("changes");
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AddSaga<Counter>();
            sales.AuditSagaStateChanges("changes", state => ((Counter.Count)state).Name == "odd" ? throw new InvalidOperationException("can't be told") : new() { ["name"] = "***" });
        });

        await scenario.Session("Sales").SendLocal(new BeginCommand("odd"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);
        await Settled("Sales");
        await scenario.Session("Sales").SendLocal(new BeginCommand("A"), Cancellation);

        Assert.AreEqual("""{"name":"***"}""", JsonDocument.Parse((await Next("changes")).Body).RootElement.GetProperty("SagaState").GetString());
        Assert.ContainsSingle(scenario.Notes.Of<Logged>().Where(line => line.Level == LogLevel.Warning && line.Text.Contains("can't be written for the audit", StringComparison.Ordinal)));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_platform_that_is_not_there_costs_no_message_anything_and_is_told_of_once()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AddSaga<Counter>();
            sales.ConnectToServicePlatform(ServicePlatformConnectionConfiguration.Parse($$"""
                { "heartbeats": { "enabled": true, "heartbeatsQueue": "{{Queue}}", "frequency": "00:00:00.0200000" }, "CustomChecks": { "Enabled": true, "CustomChecksQueue": "{{Queue}}" },
                  "SagaAudit": { "Enabled": true, "SagaAuditQueue": "nowhere" }, "Metrics": { "Enabled": true, "MetricsQueue": "{{Monitoring}}", "Interval": "00:00:00.0200000" } }
                """));
        });

        await scenario.Session("Sales").SendLocal(new BeginCommand("A", TimeSpan.FromMilliseconds(100)), Cancellation);
        await scenario.Notes.Until<Counter.Rang>(1, Cancellation);
        await Settled("Sales");

        Assert.AreEqual(0, await Waiting("error"));
        var warnings = scenario.Notes.Of<Logged>().Where(line => line.Text.Contains("there is no such queue", StringComparison.Ordinal)).Select(line => line.Text).ToList();
        foreach (var queue in new[] { Queue, "nowhere", Monitoring }) Assert.ContainsSingle(warnings.Where(line => line.Contains($"'{queue}'", StringComparison.Ordinal)), string.Join('\n', warnings));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Monitoring_hears_who_the_endpoint_is_and_how_its_messages_fare()
    {
        await CreateQueues(Monitoring);
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.EnableMetrics().SendMetricDataToServiceControl(Monitoring, TimeSpan.FromMilliseconds(50));
        });
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var (seen, wanted) = (new HashSet<string>(), new[] { "NServiceBus.Metrics.EndpointMetadataReport", "ProcessingTime", "CriticalTime" });
        while (!wanted.All(seen.Contains))
        {
            var message = await Next(Monitoring);
            seen.Add(message.Headers.GetValueOrDefault("NServiceBus.Metric.Type") ?? message.Headers[Headers.EnclosedMessageTypes]);
            Assert.DoesNotContain(Headers.ReplyToAddress, message.Headers.Keys);
            Assert.DoesNotContain("NServiceBus.Metric.InstanceId", message.Headers.Keys);
        }
        Assert.DoesNotContain("Retries", seen);
    }
}

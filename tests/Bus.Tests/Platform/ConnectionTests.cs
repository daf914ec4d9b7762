using NServiceBus;

namespace Dovetail.Bus.Tests.Platform;

/// <summary>The connection to the platform in one document, as ServicePulse hands it out.</summary>
[TestClass]
public sealed class ConnectionTests
{
    [TestMethod]
    public void The_document_of_ServicePulse_sets_what_each_section_says()
    {
        var endpoint = new EndpointConfiguration("Sales");
        endpoint.ConnectToServicePlatform(ServicePlatformConnectionConfiguration.Parse("""
            {
              "Heartbeats": { "Enabled": true, "HeartbeatsQueue": "Particular.ServiceControl", "Frequency": "00:00:10", "TimeToLive": "00:00:40" },
              "CustomChecks": { "Enabled": true, "CustomChecksQueue": "Particular.ServiceControl" },
              "ErrorQueue": "failed", "MessageAudit": { "Enabled": true, "AuditQueue": "copies" }, "SagaAudit": { "Enabled": true, "SagaAuditQueue": "copies" },
              "Metrics": { "Enabled": true, "MetricsQueue": "Particular.Monitoring", "Interval": "00:00:01", "InstanceId": "one", "TimeToLive": "00:05:00" }
            }
            """));

        var settings = endpoint.Settings;
        Assert.AreEqual(("failed", "copies", "copies", "Particular.ServiceControl"), (settings.ErrorQueue, settings.AuditQueue, settings.Platform.SagaAudit!.Queue, settings.CustomChecks.Queue));
        Assert.AreEqual(("Particular.ServiceControl", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40)), (settings.Platform.Heartbeats!.Queue, settings.Platform.Heartbeats.Every, settings.Platform.Heartbeats.Worth));
        var metrics = settings.Platform.Metrics;
        Assert.AreEqual(("Particular.Monitoring", TimeSpan.FromSeconds(1), "one", TimeSpan.FromMinutes(5)), (metrics.Queue, metrics.Interval, metrics.InstanceId, metrics.Worth));
    }

    [TestMethod]
    public void Sections_that_are_missing_or_off_leave_the_endpoint_as_it_is()
    {
        var endpoint = new EndpointConfiguration("Sales");
        endpoint.ConnectToServicePlatform(ServicePlatformConnectionConfiguration.Parse("""{ "Heartbeats": { "HeartbeatsQueue": "x" }, "SagaAudit": { "Enabled": false }, "Unknown": 1 }"""));

        Assert.AreEqual("error", endpoint.Settings.ErrorQueue);
        Assert.IsNull(endpoint.Settings.Platform.Heartbeats);
        Assert.IsNull(endpoint.Settings.Platform.SagaAudit);
        Assert.IsNull(endpoint.Settings.Platform.Metrics.Queue);
        Assert.IsNull(endpoint.Settings.CustomChecks.Queue);
    }

    [TestMethod]
    [DataRow("""{ "Heartbeats": { "Enabled": true } }""", "HeartbeatsQueue"), DataRow("""{ "CustomChecks": { "Enabled": true, "CustomChecksQueue": " " } }""", "CustomChecksQueue")]
    [DataRow("""{ "MessageAudit": { "Enabled": true } }""", "AuditQueue"), DataRow("""{ "SagaAudit": { "Enabled": true } }""", "SagaAuditQueue")]
    [DataRow("""{ "Metrics": { "Enabled": true } }""", "MetricsQueue"), DataRow("""{ "Metrics": { "Enabled": true, "MetricsQueue": "x" } }""", "Interval")]
    public void A_section_that_is_on_and_incomplete_is_refused_with_what_is_missing(string connection, string missing)
    {
        var refusal = Assert.ThrowsExactly<ArgumentException>(() => new EndpointConfiguration("Sales").ConnectToServicePlatform(ServicePlatformConnectionConfiguration.Parse(connection)));

        StringAssert.Contains(refusal.Message, missing);
    }

    [TestMethod]
    [DataRow("{"), DataRow("null"), DataRow("""{ "Heartbeats": { "Frequency": "often" } }""")]
    public void A_document_of_another_form_is_refused(string connection) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ServicePlatformConnectionConfiguration.Parse(connection)).Message, "ServicePulse");
}

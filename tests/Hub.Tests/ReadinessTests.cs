using Dovetail.Bus;
using Dovetail.Hub.Engines;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class ReadinessTests
{
    [TestMethod]
    public void Who_answers_requests_stays_ready_while_the_broker_is_away()
    {
        Assert.AreEqual(HealthStatus.Healthy, Of(ReceiverActivity.Busy, hasBroker: true));
        Assert.AreEqual(HealthStatus.Degraded, Of(ReceiverActivity.Away, hasBroker: true));
    }

    [TestMethod]
    public void Nobody_is_ready_whose_database_is_away_or_whose_endpoint_does_not_run()
    {
        Assert.AreEqual(HealthStatus.Unhealthy, Of(ReceiverActivity.Away, hasBroker: false));
        Assert.AreEqual(HealthStatus.Unhealthy, Of(ReceiverActivity.Stopped, hasBroker: true));
        Assert.AreEqual(HealthStatus.Unhealthy, Of(ReceiverActivity.Stuck, hasBroker: true));
        Assert.AreEqual(HealthStatus.Unhealthy, Of(ReceiverActivity.Idle, hasBroker: true, isRunning: false));
    }

    static HealthStatus Of(ReceiverActivity activity, bool hasBroker, bool isRunning = true) =>
        BuiltIn.EndpointsCanAnswer.Of([new EndpointState("Shop", isRunning, [new ReceiverState("Shop", activity, [], Restarts: 0, Problem: null)])], hasBroker);
}

using Dovetail.Endpoints.Connectors;
using Dovetail.Hub.Engines;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Transport;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class OutagesTests
{
    static readonly LeftAloneException LeftAlone = new("Mindbox was not asked", TimeSpan.FromSeconds(5), new TimeoutException());

    [TestMethod]
    [DataRow(1, 0, 5)]
    [DataRow(3, 5, 5)]
    [DataRow(1, 6, 10)]
    [DataRow(1, 99, 60)]
    public void Whoever_can_do_nothing_yet_waits_and_longer_the_longer_it_lasts(int failures, int rounds, int seconds) =>
        Assert.AreEqual(TimeSpan.FromSeconds(seconds), ((DelayedRetry)Decide(LeftAlone, failures, rounds)).Delay);

    [TestMethod]
    public void After_more_than_an_hour_a_person_is_to_see_it()
    {
        Assert.IsGreaterThan(TimeSpan.FromHours(1), TimeSpan.FromTicks(Enumerable.Range(0, 100).Sum(rounds => ((DelayedRetry)Decide(LeftAlone, 1, rounds)).Delay.Ticks)));
        Assert.IsInstanceOfType<MoveToError>(Decide(LeftAlone, failures: 3, rounds: 100));
    }

    [TestMethod]
    public void Every_other_failure_goes_its_usual_way()
    {
        Assert.IsInstanceOfType<ImmediateRetry>(Decide(new HttpRequestException("500"), failures: 2, rounds: 0));
        Assert.AreEqual(TimeSpan.FromSeconds(20), ((DelayedRetry)Decide(new HttpRequestException("500"), failures: 3, rounds: 1)).Delay);
        Assert.IsInstanceOfType<MoveToError>(Decide(new HttpRequestException("500"), failures: 3, rounds: 3));
        Assert.IsInstanceOfType<MoveToError>(Decide(new RejectedException("no"), failures: 1, rounds: 0));
    }

    static RecoverabilityAction Decide(Exception failure, int failures, int rounds) => Outages.Decide(
        new(new ImmediateConfig(2), new DelayedConfig(3, TimeSpan.FromSeconds(10)), new FailedConfig("error", [typeof(RejectedException)])),
        new(failure, new() { [Headers.DelayedRetries] = $"{rounds}" }, "native-1", ReadOnlyMemory<byte>.Empty, new TransportTransaction(), failures, "Pricing", new ContextBag()));
}

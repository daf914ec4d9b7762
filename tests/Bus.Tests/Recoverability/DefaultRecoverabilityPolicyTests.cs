using Dovetail.Bus.Messages;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Recoverability;

[TestClass]
public sealed class DefaultRecoverabilityPolicyTests
{
    static readonly DateTimeOffset Now = new(2026, 8, 21, 9, 0, 0, TimeSpan.Zero);

    [Scenario(87)]
    [TestMethod]
    [DataRow(1), DataRow(5)]
    public void A_failure_is_tried_again_at_once_five_times(int failures) => Assert.IsInstanceOfType<ImmediateRetry>(Decide(failures));

    [Scenario(88)]
    [TestMethod]
    [DataRow(null, 10), DataRow("1", 20), DataRow("2", 30), DataRow("no number", 10)]
    public void Then_later_and_each_time_later_still(string? rounds, int seconds) =>
        Assert.AreEqual(TimeSpan.FromSeconds(seconds), Assert.IsInstanceOfType<DelayedRetry>(Decide(6, rounds)).Delay);

    [Scenario(88)]
    [TestMethod]
    public void After_three_rounds_it_is_parked() => Assert.AreEqual("error", Assert.IsInstanceOfType<MoveToError>(Decide(6, "3")).ErrorQueue);

    [TestMethod]
    public void What_retrying_cannot_help_is_parked_at_once() => Assert.IsInstanceOfType<MoveToError>(Decide(1, failure: new MessageDeserializationException("unreadable")));

    [Scenario(90)]
    [TestMethod]
    public void A_subtype_of_what_retrying_cannot_help_is_parked_too() => Assert.IsInstanceOfType<MoveToError>(Decide(1, failure: new ArgumentNullException("x")));

    [Scenario(96)]
    [TestMethod]
    public void Rounds_that_drag_on_for_more_than_a_day_end() => Assert.IsInstanceOfType<MoveToError>(Decide(6, "1", since: Now.AddHours(-25)));

    [TestMethod]
    public void A_test_of_a_policy_of_one_s_own_makes_the_failure_that_it_needs()
    {
        var extensions = new ContextBag();
        extensions.Set("tenant", "north");
        var headers = new Dictionary<string, string> { [Headers.MessageId] = "order/1", [Headers.DelayedRetries] = "2" };

        var failure = new ErrorContext(new TimeoutException("bank"), headers, "native-1", ReadOnlyMemory<byte>.Empty, new TransportTransaction(), 3, "Sales", extensions);

        Assert.AreEqual(("order/1", "native-1", 2, 3, "Sales", "north"), (failure.MessageId, failure.NativeMessageId, failure.DelayedDeliveriesPerformed, failure.ImmediateProcessingFailures, failure.ReceiveAddress, failure.Extensions.Get<string>("tenant")));
    }

    static RecoverabilityAction Decide(int failures, string? rounds = null, Exception? failure = null, DateTimeOffset? since = null)
    {
        var headers = new Dictionary<string, string>();
        if (rounds is not null) headers[Headers.DelayedRetries] = rounds;
        if (since is { } begun) headers[Headers.DelayedRetriesTimestamp] = WireTime.Write(begun);
        var config = new RecoverabilityConfig(
            new ImmediateConfig(5), new DelayedConfig(3, TimeSpan.FromSeconds(10)), new FailedConfig("error", [typeof(MessageDeserializationException), typeof(ArgumentException)]));
        return DefaultRecoverabilityPolicy.Invoke(config, new ErrorContext(failure ?? new InvalidOperationException("kaputt"), headers, "1", "native-1", ReadOnlyMemory<byte>.Empty, failures, "Sales", Now));
    }
}

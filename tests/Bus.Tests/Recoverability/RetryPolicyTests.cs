using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Recoverability;
using NServiceBus;

namespace Dovetail.Bus.Tests.Recoverability;

[TestClass]
public sealed class RetryPolicyTests
{
    static readonly DateTimeOffset Now = new(2026, 8, 21, 9, 0, 0, TimeSpan.Zero);
    static readonly RetryPolicySettings Defaults = new();

    [TestMethod]
    [DataRow(1), DataRow(5)]
    public void A_failure_is_tried_again_at_once_five_times(int attempt) => Assert.IsInstanceOfType<Verdict.Again>(Decide(attempt));

    [TestMethod]
    [DataRow(null, 10), DataRow("1", 20), DataRow("2", 30), DataRow("no number", 10)]
    public void Then_later_and_each_time_later_still(string? rounds, int seconds) =>
        Assert.AreEqual(TimeSpan.FromSeconds(seconds), Assert.IsInstanceOfType<Verdict.Later>(Decide(6, rounds)).Delay);

    [TestMethod]
    public void After_three_rounds_it_is_parked() => Assert.IsInstanceOfType<Verdict.Park>(Decide(6, "3"));

    [TestMethod]
    public void What_retrying_cannot_help_is_parked_at_once() => Assert.IsInstanceOfType<Verdict.Park>(
        RetryPolicy.Decide(Defaults, new MessageDeserializationException("unreadable"), new Dictionary<string, string>(), 1, Now));

    [TestMethod]
    public void A_subtype_of_what_retrying_cannot_help_is_parked_too()
    {
        var settings = new RetryPolicySettings { Unrecoverable = { typeof(ArgumentException) } };

        Assert.IsInstanceOfType<Verdict.Park>(RetryPolicy.Decide(settings, new ArgumentNullException("x"), new Dictionary<string, string>(), 1, Now));
    }

    [TestMethod]
    public void Rounds_that_drag_on_for_more_than_a_day_end()
    {
        var headers = new Dictionary<string, string> { [Headers.DelayedRetries] = "1", [Headers.DelayedRetriesTimestamp] = WireTime.Write(Now.AddHours(-25)) };

        Assert.IsInstanceOfType<Verdict.Park>(RetryPolicy.Decide(Defaults, new InvalidOperationException(), headers, 6, Now));
    }

    static Verdict Decide(int attempt, string? rounds = null)
    {
        var headers = new Dictionary<string, string>();
        if (rounds is not null) headers[Headers.DelayedRetries] = rounds;
        return RetryPolicy.Decide(Defaults, new InvalidOperationException("kaputt"), headers, attempt, Now);
    }
}

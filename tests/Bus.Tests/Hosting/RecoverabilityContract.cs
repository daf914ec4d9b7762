using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What endpoints may decide about their failing messages, on every transport and store. Derive one class for each pair.</summary>
public abstract class RecoverabilityContract(TestContext test) : BusContract(test)
{
    [Scenario(92)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_custom_policy_sees_the_attempts_and_chooses_the_queue()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().CustomPolicy((config, failure) => failure switch
            {
                { Exception.Message: "special", ImmediateProcessingFailures: < 3 } => RecoverabilityAction.ImmediateRetry(),
                { Exception.Message: "special" } => RecoverabilityAction.MoveToError("special-errors"),
                _ => DefaultRecoverabilityPolicy.Invoke(config, failure),
            });
        }
        ));
        await using var transport = Open();
        await transport.CreateQueues(["special-errors"], Cancellation);

        await scenario.Session("Sales").SendLocal(new FailCommand("special"), Cancellation);

        Assert.AreEqual("special", (await Take(transport, "special-errors", 1)).Single().Headers[FaultsHeaderKeys.Message]);
        Assert.HasCount(3, scenario.Notes.Of<FailCommand>());
    }

    [Scenario(92)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_policy_may_drop_a_message()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().CustomPolicy((_, _) => RecoverabilityAction.Discard("nobody wants it"));
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);

        await scenario.Notes.Until<FailCommand>(1, Cancellation);
        await Settled("Sales");
        Assert.ContainsSingle(scenario.Notes.Of<FailCommand>());
    }

    [Scenario(94, 219)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whoever_asked_hears_of_each_retry_and_of_the_end()
    {
        Notes? notes = null;
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability()
                .Immediate(retries => retries.NumberOfRetries(1))
                .Immediate(retries => retries.OnMessageBeingRetried((message, _) => Write($"at once {message.RetryAttempt}")))
                .Delayed(retries => retries.OnMessageBeingRetried((message, _) => Write($"later {message.RetryAttempt}")))
                .Failed(failed => failed.OnMessageSentToErrorQueue((message, _) => Write($"parked in {message.ErrorQueue}: {message.Exception.Message}")));

            Task Write(string text)
            {
                notes!.Write(text);
                return Task.CompletedTask;
            }
        }
        ));
        notes = scenario.Notes;

        await scenario.Session("Sales").SendLocal(new FailCommand("kaputt"), Cancellation);

        CollectionAssert.AreEqual(new[] { "at once 0", "later 1", "at once 0", "parked in error: kaputt" }, (await notes.Until<string>(4, Cancellation)).ToList());
    }

    [Scenario(95)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_story_of_a_failure_may_be_changed_before_it_is_parked()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().AddUnrecoverableException<InvalidOperationException>().Failed(failed => failed.HeaderCustomization(story =>
            {
                story[FaultsHeaderKeys.Message] = "masked";
                story.Remove(FaultsHeaderKeys.StackTrace);
            }));
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("secret"), Cancellation);

        var parked = await Parked();
        Assert.AreEqual("masked", parked.Headers[FaultsHeaderKeys.Message]);
        Assert.IsFalse(parked.Headers.ContainsKey(FaultsHeaderKeys.StackTrace));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task While_an_endpoint_is_slowed_down_one_message_is_handled_after_each_pause()
    {
        var (pause, calls) = (TimeSpan.FromMilliseconds(40), new List<long>());
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.LimitMessageProcessingConcurrencyTo(8);
            sales.On<FailCommand>((_, _, _) =>
            {
                lock (calls) calls.Add(TimeProvider.System.GetTimestamp());
                throw new InvalidOperationException("It fails always.");
            });
            sales.Recoverability()
                .AddUnrecoverableException<InvalidOperationException>()
                .OnConsecutiveFailures(1, new RateLimitSettings(pause));
        }
        ));

        for (var n = 0; n < 14; n++) await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Settled("Sales");

        // Those in hand when the first failed were begun before; of the rest each waits for the pause of the one before. Half of it, as timers are coarse.
        var slowed = calls.Order().Skip(8).ToList();
        Assert.IsTrue(slowed.Zip(slowed.Skip(1)).All(pair => TimeProvider.System.GetElapsedTime(pair.First, pair.Second) >= pause / 2),
            "Calls came after ms: " + string.Join(", ", calls.Order().Select(call => (int)TimeProvider.System.GetElapsedTime(calls[0], call).TotalMilliseconds)));
    }

    [Scenario(100)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Failures_in_a_row_slow_the_endpoint_down_until_one_succeeds()
    {
        Notes? notes = null;
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.Recoverability()
                .AddUnrecoverableException<InvalidOperationException>()
                .OnConsecutiveFailures(3, new RateLimitSettings(TimeSpan.FromMilliseconds(1), _ => Write("slow"), _ => Write("full rate")));

            Task Write(string text)
            {
                notes!.Write(text);
                return Task.CompletedTask;
            }
        }
        ));
        notes = scenario.Notes;

        for (var n = 0; n < 5; n++) await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        Assert.AreEqual("slow", (await notes.Until<string>(1, Cancellation)).Single());
        await Settled("Sales");
        await scenario.Session("Sales").SendLocal(new AnswerMessage("fine"), Cancellation);

        CollectionAssert.AreEqual(new[] { "slow", "full rate" }, (await notes.Until<string>(2, Cancellation)).ToList());
    }
}

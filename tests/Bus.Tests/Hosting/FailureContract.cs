using System.Text;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Wire;
using NServiceBus;
using NServiceBus.Faults;
using NServiceBus.MessageMutator;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What is told of a failure, and what of it stays, on every transport and store. Derive one class for each pair.</summary>
public abstract class FailureContract(TestContext test) : BusContract(test)
{
    const string Data = "NServiceBus.ExceptionInfo.Data.";

    [Scenario(89, 41, 40, 98, 243)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_parked_message_is_as_it_came_with_the_whole_story_and_nothing_else()
    {
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>((_, _, _) => throw new InvalidOperationException("kaputt\nbeyond repair", new TimeoutException("the cause"))
        {
            HelpLink = "https://help.example",
            Source = "the handler",
            Data = { ["order"] = "A-1", ["count"] = 3, ["nothing"] = null },
        }));
        var headers = HeadersOf<AskCommand>("6f9619ff-8b86-d011-b42d-00c04fc964ff");
        headers[Headers.TimeSent] = WireTime.Write(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        headers[Headers.NServiceBusVersion] = "10.2.8";
        headers["own"] = "a/b";

        await Inject("Sales", headers, """{"Text" : "as it was written"}""");

        var parked = await Next("error");
        parked.Headers.AreExactly([
            .. headers.Keys, Headers.DelayedRetriesTimestamp, Headers.DeliverAt,
            FaultsHeaderKeys.FailedQ, FaultsHeaderKeys.ExceptionType, FaultsHeaderKeys.InnerExceptionType, FaultsHeaderKeys.HelpLink, FaultsHeaderKeys.Message, FaultsHeaderKeys.Source,
            FaultsHeaderKeys.StackTrace, FaultsHeaderKeys.TimeOfFailure, Headers.ProcessingMachine, Headers.ProcessingEndpoint, Headers.HostId, Headers.HostDisplayName,
            Data + "order", Data + "count", Data + "Message type", Data + "Handler type", Data + "Handler start time", Data + "Handler failure time", Data + "Handler canceled",
            Data + "Message ID", Data + "Pipeline canceled", .. Bus.HasIdsOfItsOwn ? new[] { Data + "Transport message ID" } : [],
        ]);
        CollectionAssert.IsSubsetOf(headers.ToList(), parked.Headers.ToList());
        await using (var transport = Open()) Assert.AreEqual(transport.Address("Sales"), parked.Headers[FaultsHeaderKeys.FailedQ]);
        Is(FaultsHeaderKeys.ExceptionType, "System.InvalidOperationException");
        Is(FaultsHeaderKeys.InnerExceptionType, "System.TimeoutException");
        Is(FaultsHeaderKeys.Message, "kaputt\nbeyond repair");
        Is(FaultsHeaderKeys.HelpLink, "https://help.example");
        Is(FaultsHeaderKeys.Source, "the handler");
        StringAssert.StartsWith(parked.Headers[FaultsHeaderKeys.StackTrace], "System.InvalidOperationException: kaputt\nbeyond repair\n ---> System.TimeoutException: the cause");
        Is(Data + "order", "A-1");
        Is(Data + "count", "3");
        Is(Data + "Message type", typeof(AskCommand).FullName!);
        Is(Data + "Handler type", typeof(Acting<AskCommand>).FullName!);
        Is(Data + "Handler canceled", "False");
        Is(Data + "Pipeline canceled", "False");
        Is(Data + "Message ID", "6f9619ff-8b86-d011-b42d-00c04fc964ff");
        Assert.IsLessThanOrEqualTo(WireTime.Read(parked.Headers[Data + "Handler failure time"]), WireTime.Read(parked.Headers[Data + "Handler start time"]));
        Assert.AreEqual("""{"Text" : "as it was written"}""", Encoding.UTF8.GetString(parked.Body.Span));

        void Is(string key, string value) => Assert.AreEqual(value, parked.Headers[key]);
    }

    [Scenario(89)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_parked_message_forgets_its_counts_but_not_when_the_last_round_began()
    {
        await using var scenario = await Start("Sales", Fail);
        var headers = HeadersOf<FailCommand>("1");
        var last = WireTime.Write(TimeProvider.System.GetUtcNow().AddHours(-1));
        headers[Headers.DelayedRetries] = "1";
        headers[Headers.ImmediateRetries] = "2";
        headers[Headers.DelayedRetriesTimestamp] = last;

        await Inject("Sales", headers, """{"Text":"x"}""");

        var parked = (await Next("error")).Headers;
        Assert.IsFalse(parked.ContainsKey(Headers.DelayedRetries));
        Assert.IsFalse(parked.ContainsKey(Headers.ImmediateRetries));
        Assert.AreEqual(last, parked[Headers.DelayedRetriesTimestamp]);
        Assert.IsFalse(parked.ContainsKey(FaultsHeaderKeys.InnerExceptionType));
        Assert.IsFalse(parked.ContainsKey(FaultsHeaderKeys.HelpLink));
    }

    [Scenario(93)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Without_retries_the_first_failure_parks()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            Fail(sales);
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        });

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        var parked = await Next("error");

        Assert.ContainsSingle(scenario.Notes.Of<FailCommand>());
        Assert.IsFalse(parked.Headers.ContainsKey(Headers.DelayedRetriesTimestamp));
    }

    [Scenario(244)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_reported_stack_leads_to_the_handler_and_not_through_the_engine()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Do<IInvokeHandlerContext>(async (_, next) => await next());
            sales.On<AskCommand>(async (_, context, _) =>
            {
                try
                {
                    await context.Send(new AnswerMessage("to nowhere"), new SendOptions());
                }
                catch (Exception cause)
                {
                    throw new InvalidOperationException("kaputt", cause);
                }
            });
        });

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var stack = (await Next("error")).Headers[FaultsHeaderKeys.StackTrace];
        var frames = stack.Split('\n').Where(line => line.StartsWith("   at ", StringComparison.Ordinal)).ToList();
        StringAssert.StartsWith(frames[0], "   at Dovetail.Bus.Sending.");
        StringAssert.Contains(frames[^1], "Dovetail.Bus.Tests.");
        Assert.IsFalse(frames.Exists(frame => frame.Contains("ReceivePath", StringComparison.Ordinal)), stack);
        StringAssert.Contains(stack, " ---> System.InvalidOperationException: No destination specified");
    }

    [Scenario(244)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Where_the_engine_fails_itself_the_reported_stack_leads_there()
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());

        await Inject("Sales", HeadersOf<AskCommand>("1"), "{ no json");

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.StackTrace], "   at Dovetail.Bus.Receiving.");
    }

    [Scenario(99)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_exception_s_text_is_cut_and_its_stack_is_not()
    {
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>((_, _, _) => throw new InvalidOperationException(new string('x', 20_000))));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var parked = (await Next("error")).Headers;
        Assert.AreEqual(16_384, parked[FaultsHeaderKeys.Message].Length);
        Assert.IsGreaterThan(20_000, parked[FaultsHeaderKeys.StackTrace].Length);
    }

    [Scenario(92, 219)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_policy_s_own_delays_are_kept_and_each_round_counts_from_one()
    {
        var seen = new List<(int Failures, int Rounds)>();
        await using var scenario = await Start("Sales", sales =>
        {
            Fail(sales);
            sales.Recoverability().CustomPolicy((_, failure) =>
            {
                seen.Add((failure.ImmediateProcessingFailures, failure.DelayedDeliveriesPerformed));
                return failure switch
                {
                    { ImmediateProcessingFailures: < 3 } => RecoverabilityAction.ImmediateRetry(),
                    { DelayedDeliveriesPerformed: 0 } => RecoverabilityAction.DelayedRetry(TimeSpan.FromMilliseconds(10)),
                    _ => RecoverabilityAction.MoveToError("error"),
                };
            });
        });

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Next("error");

        CollectionAssert.AreEqual(new[] { (1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (3, 1) }, seen);
    }

    [Scenario(218, 67, 215)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Neither_attempts_nor_policies_see_each_other_s_changes_of_headers()
    {
        var seen = new List<bool>();
        await using var scenario = await Start("Sales", sales =>
        {
            Fail(sales);
            sales.RegisterMessageMutator(new Scribbling(seen));
            sales.Recoverability().CustomPolicy((config, failure) =>
            {
                seen.Add(failure.Headers.ContainsKey("scribbled"));
                Assert.AreEqual(Bus.Address("Sales"), failure.ReceiveAddress);
                failure.Headers["scribbled"] = "by the policy";
                return DefaultRecoverabilityPolicy.Invoke(config, failure);
            });
        });

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        var parked = await Next("error");

        CollectionAssert.AreEqual(Enumerable.Repeat(false, 8).ToList(), seen);
        Assert.IsFalse(parked.Headers.ContainsKey("scribbled"));
    }

    [Scenario(220)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_whose_policy_fails_is_tried_again()
    {
        var asked = 0;
        await using var scenario = await Start("Sales", sales =>
        {
            Fail(sales);
            sales.Recoverability().CustomPolicy((config, failure) => ++asked == 1
                ? throw new InvalidOperationException("the policy itself fails")
                : RecoverabilityAction.MoveToError(config.Failed.ErrorQueue));
        });

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Next("error");

        Assert.HasCount(2, scenario.Notes.Of<FailCommand>());
    }

    [Scenario(221)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_is_sent_while_a_failure_is_dealt_with_leaves()
    {
        Scenario? scenario = null;
        await CreateQueues("Elsewhere");
        await using var running = scenario = await Start("Sales", sales =>
        {
            Fail(sales);
            sales.Recoverability().Failed(failed => failed.OnMessageSentToErrorQueue((message, cancellation) => scenario!.Session("Sales").Send("Elsewhere", new AnswerMessage(message.MessageId), cancellation)));
        });
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetMessageId("failing");

        await scenario.Session("Sales").Send(new FailCommand("x"), options, Cancellation);

        StringAssert.Contains(Encoding.UTF8.GetString((await Next("Elsewhere")).Body.Span), "failing");
    }

    static void Fail(EndpointConfiguration sales) => sales.AddHandler<AlwaysFailHandler>();

    sealed class Scribbling(List<bool> seen) : IMutateIncomingTransportMessages
    {
        public Task MutateIncoming(MutateIncomingTransportMessageContext context)
        {
            seen.Add(context.Headers.ContainsKey("scribbled"));
            context.Headers["scribbled"] = "by an attempt";
            return Task.CompletedTask;
        }
    }
}

using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>A message that takes its process down, again and again.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteCrashTests(TestContext test) : BusContract(test)
{
    const int MostReturns = 5;

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_nobody_came_to_an_end_with_is_parked_and_not_tried_for_ever()
    {
        await TakeWithoutEnd(MostReturns + 1);

        await using var scenario = await Start("Sales", HandleWithoutRetries);

        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], "taken 6 times");
        Assert.IsEmpty(scenario.Notes.Of<AnswerMessage>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task That_processes_ended_is_no_failure_of_a_message_that_may_not_be_tried_again()
    {
        await TakeWithoutEnd(MostReturns);

        await using var scenario = await Start("Sales", HandleWithoutRetries);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();

    static void HandleWithoutRetries(EndpointConfiguration sales)
    {
        sales.AddHandler<AnswerHandler>();
        sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
    }

    async Task TakeWithoutEnd(int times)
    {
        await using (await Start("Sales", _ => { }))
        {
        }
        await using var dying = ((SqliteBus)Bus).Transport(lease: TimeSpan.FromMilliseconds(50)).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        var headers = new Dictionary<string, string> { [Headers.MessageId] = "poison", [Headers.EnclosedMessageTypes] = typeof(AnswerMessage).AssemblyQualifiedName! };
        await dying.Send([new OutgoingOperation("poison", headers, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        for (var time = 1; time <= times; time++)
        {
            await using var receiver = dying.Receive("Sales");
            Assert.AreEqual(time, (await receiver.Take(1, Cancellation)).Single().Attempt);
        }
    }
}

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
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_nobody_came_to_an_end_with_is_parked_and_not_tried_for_ever()
    {
        await using (await Start(("Sales", (_, _) => { }
        )))
        {
        }
        await using (var dying = ((SqliteBus)Bus).Transport(lease: TimeSpan.FromMilliseconds(50)).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance)))
        {
            var headers = new Dictionary<string, string> { [Headers.MessageId] = "poison", [Headers.EnclosedMessageTypes] = typeof(AnswerMessage).AssemblyQualifiedName! };
            await dying.Send([new OutgoingOperation("poison", headers, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
            for (var death = 1; death <= 2; death++)
            {
                await using var receiver = dying.Receive("Sales");
                Assert.AreEqual(death, (await receiver.Take(1, Cancellation)).Single().Attempt);
            }
        }

        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Recoverability().Delayed(retries => retries.NumberOfRetries(0));
        }
        ));

        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], "taken 2 times");
        Assert.IsEmpty(scenario.Notes.Of<AnswerMessage>());
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

using System.Globalization;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using TransportContext = Dovetail.Bus.Transport.TransportContext;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A message that RabbitMQ closes the channel for: too large for it, or with properties that it doesn't believe. All others are published on the same channel.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class When_the_broker_refuses_a_message(TestContext test) : BusContract(test)
{
    const string Refused = "refused";

    readonly RabbitBus _bus = new();

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whoever_sends_it_is_told_and_all_others_are_sent_as_if_nothing_had_been()
    {
        await using var transport = Definition().Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], Cancellation);
        var sent = new List<Task>();

        for (var number = 0; number < 500; number++) sent.Add(transport.Send([new OutgoingOperation(number % 100 == 50 ? Refused : number.ToString(CultureInfo.InvariantCulture), [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation));

        for (var number = 0; number < 500; number++)
        {
            if (number % 100 != 50) await sent[number];
            else StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => sent[number])).Message, "user_id property set to 'nobody'");
        }
        await using var receiver = transport.Receive("Sales");
        var there = new HashSet<string>();
        while (there.Count < 495)
        {
            foreach (var message in await receiver.Take(50, Cancellation))
            {
                there.Add(message.NativeId);
                await receiver.Settle(message, Cancellation);
            }
        }
        Assert.DoesNotContain(Refused, there);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_handler_sends_of_that_kind_parks_its_message()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.UseTransport(Definition());
            sales.On<AskCommand>((_, context, _) =>
            {
                var options = new SendOptions();
                options.RouteToThisEndpoint();
                options.SetMessageId(Refused);
                return context.Send(new AnswerMessage("x"), options);
            });
        });

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers["NServiceBus.ExceptionInfo.Message"], "RabbitMQ refuses message refused");
    }

    private protected override IBusUnderTest CreateBus() => _bus;

    RabbitMQTransport Definition() => _bus.Definition(definition => definition.OutgoingNativeMessageCustomization = (operation, properties) =>
    {
        if (operation.Message.MessageId == Refused) properties.UserId = "nobody";
    });
}

using System.Text;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Wire;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitConfigurationTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitMutationTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitLifecycleTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public class RabbitInterfaceMessageTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();

    /// <summary>Here objects are classes: the exchange of an interface is bound to none of an object, in neither engine.</summary>
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public override async Task A_handler_of_object_sees_everything_and_subscribed_by_hand_every_event()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Everything", (everything, _) => everything.AddHandler<CatchAllHandler>()));
        await scenario.Session("Everything").Subscribe<object>(Cancellation);

        await scenario.Session("Sales").Publish<IParcelEvent>(sent => sent.Parcel = "P-1", Cancellation);
        await scenario.Session("Sales").Publish(new OrderedEvent("A-1"), Cancellation);
        await scenario.Session("Sales").Send("Everything", new AskCommand("why"), Cancellation);

        var heard = await scenario.Notes.Until<Heard>(2, Cancellation);
        CollectionAssert.AreEquivalent(new[] { new OrderedEvent("A-1").ToString(), new AskCommand("why").ToString() }, heard.Select(each => each.What).ToList());
    }
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitTypeHeaderTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSagaFinderTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSagaRulesTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitPipelineTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitDepartureTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSendingTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitPublishingTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitHandlingTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public class RabbitHeaderTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();

    /// <summary>The broker gives messages no ids: what comes without one, nobody can tell from its copies.</summary>
    [Scenario(154)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public override async Task A_message_without_an_id_goes_by_the_transport_s()
    {
        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());
        var headers = HeadersOf<AskCommand>("");
        headers.Remove(Headers.MessageId);
        headers["own"] = "a/b";

        await Inject("Sales", headers, """{"Text":"x"}""");

        var parked = await Next("error");
        Assert.AreEqual("""{"Text":"x"}""", Encoding.UTF8.GetString(parked.Body.Span));
        CollectionAssert.AreEquivalent(headers.ToList(), parked.Headers.ToList());
        Assert.IsEmpty(scenario.Notes.Of<Arrived>());
    }
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitConversationTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSerializationTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public class RabbitDelayTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();

    /// <summary>The broker's own clock says when a message has expired, and nobody hears of it.</summary>
    [Scenario(85)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public override async Task An_expired_message_is_not_handled_but_counted_and_told_of()
    {
        await CreateQueues("Sales");
        await using (var transport = Open())
        {
            var perishable = HeadersOf<AskCommand>("1");
            var body = """{"Text":"x"}"""u8.ToArray();
            await transport.Send([new OutgoingOperation("1", perishable, body, new Target.Queue("Sales"), ExpiresAfter: TimeSpan.FromMilliseconds(1))], Cancellation);
            while (await Waiting("Sales") > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
            await transport.Send([new OutgoingOperation("2", HeadersOf<AskCommand>("2"), body, new Target.Queue("Sales"), ExpiresAfter: TimeSpan.FromHours(1))], Cancellation);
        }

        await using var scenario = await Start("Sales", sales => sales.Hear<AskCommand>());

        Assert.AreEqual("2", (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().MessageId);
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(107)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public override async Task The_audit_s_expiry_concerns_the_copy_alone()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.AuditProcessedMessagesTo("audit", TimeSpan.FromMilliseconds(1));
        });

        await scenario.Session("Sales").SendLocal(new AskCommand("old"), Cancellation);

        await scenario.Notes.Until<Arrived>(1, Cancellation);
        await Settled("Sales");
        while (await Waiting("audit") > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitAuditTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitAuditEnvironmentTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitFailureTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSagaFindingTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSagaLifeTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitStoreTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitPlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, DoNotParallelize, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitTelemetryTests(TestContext test) : TelemetryContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitOutboxTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSessionTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitGuardTests(TestContext test) : GuardContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
}

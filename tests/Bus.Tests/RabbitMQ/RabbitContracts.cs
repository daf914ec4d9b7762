using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Wire;

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
public sealed class RabbitInterfaceMessageTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
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
public sealed class RabbitHeaderTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
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
public sealed class RabbitDelayTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus();
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

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
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

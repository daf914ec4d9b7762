using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Classic queues: what depends on the kind of a queue is sending, receiving, counting attempts and delays.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitClassicEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus { Queues = QueueType.Classic };
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitClassicRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus { Queues = QueueType.Classic };
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitClassicDelayTests(TestContext test) : RabbitDelayTests(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitBus { Queues = QueueType.Classic };
}

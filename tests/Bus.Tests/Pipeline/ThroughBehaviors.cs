using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Twin;
using Dovetail.Bus.Tests.Wire;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Pipeline;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Pipeline;

/// <summary>The same bus with a behavior in every stage that does nothing: what holds without chains must hold with them.</summary>
sealed class ThroughBehaviors(IBusUnderTest inner) : IBusUnderTest
{
    public TransportDefinition Transport() => inner.Transport();

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        Pass<ITransportReceiveContext>(endpoint);
        Pass<IIncomingPhysicalMessageContext>(endpoint);
        Pass<IIncomingLogicalMessageContext>(endpoint);
        Pass<IInvokeHandlerContext>(endpoint);
        Pass<IOutgoingSendContext>(endpoint);
        Pass<IOutgoingPublishContext>(endpoint);
        Pass<IOutgoingReplyContext>(endpoint);
        Pass<IOutgoingLogicalMessageContext>(endpoint);
        Pass<IOutgoingPhysicalMessageContext>(endpoint);
        Pass<IRoutingContext>(endpoint);
        Pass<IBatchDispatchContext>(endpoint);
        Pass<IDispatchContext>(endpoint);
        Pass<IAuditContext>(endpoint);
        Pass<IRecoverabilityContext>(endpoint);
        Pass<ISubscribeContext>(endpoint);
        Pass<IUnsubscribeContext>(endpoint);
        return inner.Use(endpoint);
    }

    public long Waiting(ITransport transport, string queue) => inner.Waiting(transport, queue);

    public Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        inner.FindSaga<TData>(session, context, property, value);

    public void Dispose() => inner.Dispose();

    static void Pass<TContext>(EndpointConfiguration endpoint) where TContext : IBehaviorContext => endpoint.Do<TContext>((_, next) => next(), $"passes {typeof(TContext).Name}");
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteEndpointThroughBehaviorsTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new SqliteBus());
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryEndpointThroughBehaviorsTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Apart));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaThroughBehaviorsTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaFinderThroughBehaviorsTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryRecoverabilityThroughBehaviorsTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryConfigurationThroughBehaviorsTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryMutationThroughBehaviorsTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryPublishingThroughBehaviorsTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySendingThroughBehaviorsTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryFailureThroughBehaviorsTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryAuditThroughBehaviorsTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryHandlingThroughBehaviorsTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryConversationThroughBehaviorsTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryHeaderThroughBehaviorsTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryDelayThroughBehaviorsTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySessionThroughBehaviorsTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryInterfaceMessageThroughBehaviorsTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new ThroughBehaviors(new InMemoryBus(CommitMode.Joined));
}

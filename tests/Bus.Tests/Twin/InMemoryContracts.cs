using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Wire;

namespace Dovetail.Bus.Tests.Twin;

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySendingTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySendingApartTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryPublishingTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryPublishingApartTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryHandlingTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryHandlingApartTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryHeaderTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryHeaderApartTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryConversationTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryConversationApartTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySerializationTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySerializationApartTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryDelayTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryDelayApartTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryAuditTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryAuditApartTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryAuditEnvironmentTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryAuditEnvironmentApartTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryFailureTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryFailureApartTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaFindingTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySagaFindingApartTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaLifeTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySagaLifeApartTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryStoreTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryStoreApartTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryGuardTests(TestContext test) : GuardContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryGuardApartTests(TestContext test) : GuardContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

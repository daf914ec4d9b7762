using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;

namespace Dovetail.Bus.Tests.Twin;

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryOutboxTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryOutboxApartTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySessionTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySessionApartTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryTimeoutApartTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryPersistenceTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: false)
{
    private protected override StoreUnderTest Open() => new(new InMemoryBus(CommitMode.Joined));
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryPersistenceApartTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: true)
{
    private protected override StoreUnderTest Open() => new(new InMemoryBus(CommitMode.Apart));
}

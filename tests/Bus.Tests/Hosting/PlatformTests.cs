using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Twin;

namespace Dovetail.Bus.Tests.Hosting;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqlitePlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryPlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryApartPlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

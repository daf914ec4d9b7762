using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Twin;

namespace Dovetail.Bus.Tests.Hosting;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryApartCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

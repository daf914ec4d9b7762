using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Twin;

namespace Dovetail.Bus.Tests.Hosting;

[TestClass, DoNotParallelize, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteTelemetryTests(TestContext test) : TelemetryContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, DoNotParallelize, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryTelemetryTests(TestContext test) : TelemetryContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, DoNotParallelize, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryApartTelemetryTests(TestContext test) : TelemetryContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

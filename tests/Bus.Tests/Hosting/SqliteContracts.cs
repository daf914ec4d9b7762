using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Wire;

namespace Dovetail.Bus.Tests.Hosting;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSendingTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqlitePublishingTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteHandlingTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteHeaderTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteConversationTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSerializationTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteDelayTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteAuditTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteAuditEnvironmentTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteFailureTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSagaFindingTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSagaLifeTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteStoreTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

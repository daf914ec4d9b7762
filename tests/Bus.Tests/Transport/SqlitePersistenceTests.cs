using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;

namespace Dovetail.Bus.Tests.Transport;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqlitePersistenceTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: false)
{
    private protected override StoreUnderTest Open() => new(new SqliteBus());
}

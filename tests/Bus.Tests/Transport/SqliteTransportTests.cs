using Dovetail.Bus.Tests.Conformance;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Transport;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteTransportTests(TestContext test) : TransportContract(test), IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override TransportDefinition Definition(TimeSpan lease) => new SqliteTransport(_folder.File("bus.db")) { LeaseDuration = lease, PollInterval = TimeSpan.FromMilliseconds(50) };
}

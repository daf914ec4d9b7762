using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Transport;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.RabbitMQ;

[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitTransportTests(TestContext test) : TransportContract(test), IDisposable
{
    readonly RabbitBus _bus = new();

    public void Dispose() => _bus.Dispose();

    protected override bool ShowsWhatIsInHandOrDelayed => false;

    protected override bool TakesBackAtOnce => false;

    protected override bool TakesAhead => true;

    protected override bool AsksBeforeItBegins => false;

    /// <summary>There are no leases that could end: a message belongs to whoever took it until that one is gone.</summary>
    protected override TransportDefinition Definition(TimeSpan lease) => _bus.Transport();
}

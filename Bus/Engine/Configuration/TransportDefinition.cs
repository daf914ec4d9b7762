using Dovetail.Bus.Transport;

namespace NServiceBus.Transport;

/// <summary>What messages travel on.</summary>
public abstract class TransportDefinition
{
    internal abstract ITransport Create(TransportContext context);
}

using Dovetail.Bus.Transport;

namespace NServiceBus.Transport;

/// <summary>What messages travel on.</summary>
public abstract class TransportDefinition
{
    // Transports meet the engine behind its own seam, so only those of this product derive from it.
    internal TransportDefinition()
    {
    }

    internal abstract ITransport Create(TransportContext context);

    /// <summary>What it is, in words.</summary>
    internal virtual string Describe() => GetType().Name;
}

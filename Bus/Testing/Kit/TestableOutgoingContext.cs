using Microsoft.Extensions.DependencyInjection;
using NServiceBus.Pipeline;
using NServiceBus.Routing;

namespace NServiceBus.Testing;

/// <summary>Stands for a message on its way out.</summary>
public class TestableOutgoingContext : TestablePipelineContext, IOutgoingContext
{
    /// <summary>Headers that the behavior may change.</summary>
    public Dictionary<string, string> Headers { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The message's id: a new one in each context, until a test sets it.</summary>
    public string MessageId { get; set; } = Guid.NewGuid().ToString();

    /// <summary>Services that the behavior asks for.</summary>
    public IServiceCollection ServiceCollection { get; set; } = new ServiceCollection();

    IServiceProvider IBehaviorContext.Builder => GetBuilder();

    /// <summary>Offers what is in <see cref="ServiceCollection"/>.</summary>
    protected virtual IServiceProvider GetBuilder() => ServiceCollection.BuildServiceProvider();
}

/// <summary>What a test gives to a behavior of messages that are not yet written as bytes.</summary>
public class TestableOutgoingLogicalMessageContext : TestableOutgoingContext, IOutgoingLogicalMessageContext
{
    /// <summary>The message.</summary>
    public OutgoingLogicalMessage Message { get; set; } = new(typeof(object), new object());

    /// <summary>Where it goes.</summary>
    public IReadOnlyCollection<RoutingStrategy> RoutingStrategies { get; set; } = [];

    /// <summary>Replaces <see cref="Message"/>.</summary>
    public virtual void UpdateMessage(object newInstance)
    {
        ArgumentNullException.ThrowIfNull(newInstance);
        Message = new OutgoingLogicalMessage(newInstance.GetType(), newInstance);
    }
}

/// <summary>What a test gives to a behavior of messages that are written as bytes.</summary>
public class TestableOutgoingPhysicalMessageContext : TestableOutgoingContext, IOutgoingPhysicalMessageContext
{
    /// <summary>What would be sent.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>Where it goes.</summary>
    public IReadOnlyCollection<RoutingStrategy> RoutingStrategies { get; set; } = [];

    /// <summary>Replaces <see cref="Body"/>.</summary>
    public virtual void UpdateMessage(ReadOnlyMemory<byte> body) => Body = body;
}

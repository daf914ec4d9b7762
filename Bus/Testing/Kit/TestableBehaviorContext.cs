using Microsoft.Extensions.DependencyInjection;
using NServiceBus.Extensibility;
using NServiceBus.Pipeline;

namespace NServiceBus.Testing;

/// <summary>Stands for a stage of which there is nothing else to tell; derive one for a context of one's own.</summary>
public abstract class TestableBehaviorContext : IBehaviorContext
{
    /// <summary>What the code under test sees as the signal that the endpoint stops.</summary>
    public CancellationToken CancellationToken { get; set; } = CancellationToken.None;

    /// <summary>Values that the behavior finds, for instance from behaviors that would have run before it.</summary>
    public ContextBag Extensions { get; set; } = new();

    /// <summary>Services that the behavior asks for.</summary>
    public IServiceCollection ServiceCollection { get; set; } = new ServiceCollection();

    IServiceProvider IBehaviorContext.Builder => GetBuilder();

    /// <summary>Offers what is in <see cref="ServiceCollection"/>.</summary>
    protected virtual IServiceProvider GetBuilder() => ServiceCollection.BuildServiceProvider();
}

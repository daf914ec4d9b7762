using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Does in a stage what a test says.</summary>
sealed class Doing<TContext>(Func<TContext, Func<Task>, Task> what) : Behavior<TContext> where TContext : IBehaviorContext
{
    public override Task Invoke(TContext context, Func<Task> next) => what(context, next);
}

/// <summary>Notes that it was called.</summary>
sealed class Noting<TContext>(Notes notes, string name) : Behavior<TContext> where TContext : IBehaviorContext
{
    public override Task Invoke(TContext context, Func<Task> next)
    {
        notes.Write(name);
        return next();
    }
}

/// <summary>A step with wishes about its place.</summary>
sealed class PlacedStep : RegisterStep
{
    public PlacedStep(string id, Type behavior, Func<IServiceProvider, IBehavior> make, Action<PlacedStep> place) : base(id, behavior, null, make) => place(this);
}

static class BehaviorRegistration
{
    /// <summary>Does this in the stage of the context.</summary>
    public static void Do<TContext>(this EndpointConfiguration endpoint, Func<TContext, Func<Task>, Task> what, string? id = null) where TContext : IBehaviorContext =>
        endpoint.Pipeline.Register(id ?? typeof(TContext).Name, new Doing<TContext>(what), "does what the test says");

    /// <summary>Notes when a message passes.</summary>
    public static void Note<TContext>(this EndpointConfiguration endpoint, string name) where TContext : IBehaviorContext =>
        endpoint.Pipeline.Register(name, services => new Noting<TContext>(services.GetRequiredService<Notes>(), name), "notes that a message passed");

    /// <summary>Notes when a message passes, at a place that it asks for.</summary>
    public static void Note<TContext>(this EndpointConfiguration endpoint, string name, Action<RegisterStep> place) where TContext : IBehaviorContext =>
        endpoint.Pipeline.Register(new PlacedStep(name, typeof(Noting<TContext>), services => new Noting<TContext>(services.GetRequiredService<Notes>(), name), place));
}

using Microsoft.Extensions.DependencyInjection;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Pipeline;

/// <summary>The behaviors of an endpoint, each made once, and the chains that lead through them.</summary>
sealed class Behaviors(StepPlan plan, IServiceProvider services)
{
    readonly Dictionary<RegisterStep, Lazy<IBehavior>> _made = plan.Behaviors.ToDictionary(step => step, step => new Lazy<IBehavior>(() =>
        step.Factory?.Invoke(services) ?? (IBehavior)ActivatorUtilities.GetServiceOrCreateInstance(services, step.BehaviorType)));

    /// <summary>The host's.</summary>
    public IServiceProvider Services => services;

    /// <summary>False where an endpoint has none, and pays for none.</summary>
    public bool Any => _made.Count > 0;

    /// <summary>Makes all that were not needed yet: what can't be made is to be known before a message meets it.</summary>
    public void MakeAll()
    {
        foreach (var behavior in _made.Values) _ = behavior.Value;
    }

    /// <summary>The way through a stage: through its behaviors, between them through steps of the engine, to <paramref name="last"/>. Null if the stage has no behavior, and nothing needs a chain.</summary>
    public Func<TContext, Task>? Chain<TContext>(Func<TContext, Task> last, params (string Id, Func<TContext, Func<TContext, Task>, Task> Run)[] own) where TContext : class, IBehaviorContext
    {
        var places = plan.Of(typeof(TContext));
        if (places.Count == 0) return null;

        var chain = last;
        foreach (var place in places.Reverse())
        {
            var next = chain;
            if (place.Behavior is { } step)
            {
                var behavior = _made[step];
                chain = context => Ran(((IBehavior<TContext, TContext>)behavior.Value).Invoke(context, next), step);
            }
            else if (Array.Find(own, each => each.Id == place.Id).Run is { } run)
            {
                chain = context => run(context, next);
            }
        }
        return chain;
    }

    static Task Ran(Task? task, RegisterStep step) => task
        ?? throw new InvalidOperationException($"{step.BehaviorType.Name} returned no task. Return Task.CompletedTask where there is nothing to wait for.");
}

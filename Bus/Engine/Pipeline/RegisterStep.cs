namespace NServiceBus.Pipeline;

/// <summary>A behavior with the place that it wants among the others of its stage.</summary>
public abstract class RegisterStep
{
    readonly List<Wish> _wishes = [];

    /// <summary>Names the step and the class of its behavior, which is made once per endpoint: by the factory, or from the host's services.</summary>
    /// <exception cref="ArgumentException">The class is no behavior.</exception>
    protected RegisterStep(string stepId, Type behavior, string? description, Func<IServiceProvider, IBehavior>? factoryMethod = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(stepId);
        ArgumentNullException.ThrowIfNull(behavior);
        if (!typeof(IBehavior).IsAssignableFrom(behavior) || behavior.IsAbstract || behavior.ContainsGenericParameters)
            throw new ArgumentException($"{behavior} can't be step '{stepId}': a step is a class that implements {nameof(IBehavior)}, neither abstract nor generic. Derive it from Behavior<TContext>.", nameof(behavior));
        StepId = stepId;
        BehaviorType = behavior;
        Description = description ?? "";
        Factory = factoryMethod;
    }

    /// <summary>The class of the behavior.</summary>
    public Type BehaviorType { get; }

    /// <summary>Says in error messages what it is for.</summary>
    public string Description { get; }

    /// <summary>Names the step within its endpoint.</summary>
    public string StepId { get; }

    internal Func<IServiceProvider, IBehavior>? Factory { get; }

    internal IReadOnlyList<Wish> Wishes => _wishes;

    /// <summary>Runs inside another step of the stage; it is a fault at start if there is none of that id.</summary>
    public void InsertAfter(string id) => Add(id, before: false, required: true);

    /// <summary>Runs inside another step of the stage, if there is one of that id.</summary>
    public void InsertAfterIfExists(string id) => Add(id, before: false, required: false);

    /// <summary>Runs around another step of the stage; it is a fault at start if there is none of that id.</summary>
    public void InsertBefore(string id) => Add(id, before: true, required: true);

    /// <summary>Runs around another step of the stage, if there is one of that id.</summary>
    public void InsertBeforeIfExists(string id) => Add(id, before: true, required: false);

    void Add(string id, bool before, bool required)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        _wishes.Add(new Wish(id, before, required));
    }

    internal sealed record Wish(string Other, bool Before, bool Required);
}

using Dovetail.Bus.Pipeline;

namespace NServiceBus.Pipeline;

/// <summary>Behaviors of one's own. Within a stage they run in the order of registration, around the engine's own steps, unless a <see cref="RegisterStep"/> says otherwise.</summary>
public class PipelineSettings
{
    readonly List<StepChange> _changes = [];

    internal PipelineSettings()
    {
    }

    internal IReadOnlyList<StepChange> Changes => _changes;

    internal List<Func<ReceivePipelineCompleted, CancellationToken, Task>> Completed { get; } = [];

    /// <summary>Adds a step that knows its place.</summary>
    public void Register(RegisterStep registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        _changes.Add(new StepChange.Add(registration));
    }

    /// <summary>Adds a behavior, made once from the host's services; the step is named after its class.</summary>
    public void Register(Type behavior, string description) => Register(behavior?.Name!, behavior!, description);

    /// <summary>Adds a behavior, made once from the host's services.</summary>
    public void Register(string stepId, Type behavior, string description) => Register(new PlainStep(stepId, behavior, description, null));

    /// <summary>Adds a step that knows its place.</summary>
    public void Register<TRegisterStep>() where TRegisterStep : RegisterStep, new() => Register(new TRegisterStep());

    /// <summary>Adds a behavior, made once from the host's services; the step is named after its class.</summary>
    public void Register<TBehavior>(string description) => Register(typeof(TBehavior), description);

    /// <summary>Adds a behavior that the factory makes once; the step is named after its class.</summary>
    public void Register<T>(Func<IServiceProvider, T> factoryMethod, string description) where T : IBehavior => Register(typeof(T).Name, factoryMethod, description);

    /// <summary>Adds an object as behavior; the step is named after its class.</summary>
    public void Register<T>(T behavior, string description) where T : IBehavior => Register(behavior.GetType().Name, behavior, description);

    /// <summary>Adds a behavior that the factory makes once.</summary>
    public void Register<T>(string stepId, Func<IServiceProvider, T> factoryMethod, string description) where T : IBehavior => Register(Made(stepId, factoryMethod, description));

    /// <summary>Adds an object as behavior.</summary>
    public void Register<T>(string stepId, T behavior, string description) where T : IBehavior => Register(Given(stepId, behavior, description));

    /// <summary>Replaces a step if there is one of that id, and adds it otherwise.</summary>
    public void RegisterOrReplace(string stepId, Type behavior, string? description = null) => _changes.Add(new StepChange.AddOrReplace(new PlainStep(stepId, behavior, description, null)));

    /// <summary>Replaces a step if there is one of that id, and adds it otherwise.</summary>
    public void RegisterOrReplace<T>(string stepId, Func<IServiceProvider, T> factoryMethod, string? description = null) where T : IBehavior =>
        _changes.Add(new StepChange.AddOrReplace(Made(stepId, factoryMethod, description)));

    /// <summary>Replaces a step if there is one of that id, and adds it otherwise.</summary>
    public void RegisterOrReplace<T>(string stepId, T behavior, string? description = null) where T : IBehavior => _changes.Add(new StepChange.AddOrReplace(Given(stepId, behavior, description)));

    /// <summary>Has another behavior take the place of a step, which must be there.</summary>
    public void Replace(string stepId, Type newBehavior, string? description = null) => _changes.Add(new StepChange.Replace(new PlainStep(stepId, newBehavior, description, null)));

    /// <summary>Has another behavior take the place of a step, which must be there.</summary>
    public void Replace<T>(string stepId, Func<IServiceProvider, T> factoryMethod, string? description = null) where T : IBehavior =>
        _changes.Add(new StepChange.Replace(Made(stepId, factoryMethod, description)));

    /// <summary>Has another behavior take the place of a step, which must be there.</summary>
    public void Replace<T>(string stepId, T newBehavior, string? description = null) where T : IBehavior => _changes.Add(new StepChange.Replace(Given(stepId, newBehavior, description)));

    static PlainStep Made<T>(string stepId, Func<IServiceProvider, T> factory, string? description) where T : IBehavior
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new PlainStep(stepId, typeof(T), description, services => factory(services));
    }

    static PlainStep Given<T>(string stepId, T behavior, string? description) where T : IBehavior => new(stepId, behavior.GetType(), description, _ => behavior);
}

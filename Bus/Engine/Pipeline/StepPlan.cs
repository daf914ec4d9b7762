using Dovetail.Bus.Configuration;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Pipeline;

/// <summary>What was asked for, in the order of asking.</summary>
abstract record StepChange(RegisterStep Step)
{
    internal sealed record Add(RegisterStep Step) : StepChange(Step);

    internal sealed record Replace(RegisterStep Step) : StepChange(Step);

    internal sealed record AddOrReplace(RegisterStep Step) : StepChange(Step);
}

/// <summary>A step without wishes.</summary>
sealed class PlainStep(string stepId, Type behavior, string? description, Func<IServiceProvider, IBehavior>? factory) : RegisterStep(stepId, behavior, description, factory);

/// <summary>All steps of an endpoint in their stages and in order, once every contradiction has been refused.</summary>
sealed class StepPlan
{
    readonly string _endpoint;
    readonly List<Planned> _steps = [];
    readonly Dictionary<Type, IReadOnlyList<Place>> _stages = [];

    /// <exception cref="InvalidOperationException">Steps contradict each other; the text names them.</exception>
    public StepPlan(EndpointSettings settings)
    {
        _endpoint = settings.EndpointName;
        // What replaces may be said before what it replaces.
        foreach (var change in settings.Pipeline.Changes.OrderBy(change => change is StepChange.Replace)) Apply(change);
        foreach (var stage in _steps.GroupBy(step => step.Stage)) _stages[stage.Key] = Order(stage.Key, [.. stage]);
    }

    /// <summary>A place in a stage: a behavior's, or one of the engine's own steps.</summary>
    internal sealed record Place(string Id, RegisterStep? Behavior);

    /// <summary>Empty where no behavior was added, and the engine needs no chain.</summary>
    public IReadOnlyList<Place> Of(Type stage) => _stages.GetValueOrDefault(stage) ?? [];

    public IEnumerable<RegisterStep> Behaviors => _steps.Select(step => step.Behavior);

    void Apply(StepChange change)
    {
        var step = change.Step;
        var stage = StageOf(step);
        var at = _steps.FindIndex(other => other.Place.StepId == step.StepId);
        if (EngineSteps.StageOf(step.StepId) is { } own)
        {
            throw new InvalidOperationException(change is StepChange.Add
                ? $"Endpoint {_endpoint} registers {step.BehaviorType.Name} as step '{step.StepId}', which is the id of the engine's own step in the stage of {own.Name}. Choose another id."
                : $"Endpoint {_endpoint} replaces step '{step.StepId}' by {step.BehaviorType.Name}: it is the engine's own and can't be replaced here. Register a behavior around it, with InsertBefore(\"{step.StepId}\") or InsertAfter(\"{step.StepId}\").");
        }
        switch (change)
        {
            case StepChange.Add when at >= 0:
                throw new InvalidOperationException(
                    $"Endpoint {_endpoint} registers two steps as '{step.StepId}': {_steps[at].Behavior.BehaviorType.FullName} and {step.BehaviorType.FullName}. Give one another id, or use Replace if the second is meant to take the place of the first.");
            case StepChange.Replace when at < 0:
                throw new InvalidOperationException(
                    $"Endpoint {_endpoint} replaces step '{step.StepId}' by {step.BehaviorType.FullName}, and has no such step. Register that one too, or use RegisterOrReplace.");
            case { } when at < 0:
                _steps.Add(new Planned(step, step, stage));
                break;
            case { } when _steps[at].Stage != stage:
                throw new InvalidOperationException(
                    $"Endpoint {_endpoint} replaces step '{step.StepId}' of the stage of {_steps[at].Stage.Name} by {step.BehaviorType.Name}, which belongs to the stage of {stage.Name}. Replace it by a behavior of the same stage.");
            default:
                _steps[at] = _steps[at] with { Behavior = step };
                break;
        }
    }

    Type StageOf(RegisterStep step)
    {
        var contracts = step.BehaviorType.GetInterfaces()
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IBehavior<,>)).Select(type => type.GetGenericArguments()).ToList();
        if (contracts is [[var from, var to]] && from == to && EngineSteps.Stages.Contains(from)) return from;
        throw new InvalidOperationException(
            $"Step '{step.StepId}' of endpoint {_endpoint}, {step.BehaviorType.FullName}, belongs to no one stage: it joins {string.Join(", ", contracts.Select(pair => $"{pair[0].Name} to {pair[1].Name}"))}. " +
            $"Derive it from Behavior<TContext> with one of {string.Join(", ", EngineSteps.Stages.Select(type => type.Name))}.");
    }

    /// <summary>In the order of registration, the engine's steps last, as far as the wishes allow.</summary>
    List<Place> Order(Type stage, List<Planned> steps)
    {
        var own = EngineSteps.Of(stage);
        var waiting = steps.Select(step => new Place(step.Place.StepId, step.Behavior)).Concat(own.Select(id => new Place(id, null))).ToList();
        var before = new HashSet<(string First, string Then)>(own.Zip(own.Skip(1)));
        foreach (var step in steps)
        {
            // Nothing of a stage comes after the step that leads to the next one.
            before.Add((step.Place.StepId, own[^1]));
            foreach (var wish in step.Place.Wishes)
            {
                if (waiting.Exists(place => place.Id == wish.Other)) before.Add(wish.Before ? (step.Place.StepId, wish.Other) : (wish.Other, step.Place.StepId));
                else if (wish.Required) throw Unknown(stage, step, wish, waiting);
            }
        }
        var ordered = new List<Place>();
        while (waiting.Count > 0)
        {
            // A step that waits for one of the engine's draws it forward past nobody: whoever has no such wish stays around it.
            Take(waiting.Find(place => place.Behavior is null || !WaitsForEngine(place, []))!, []);
        }
        return ordered;

        bool WaitsForEngine(Place place, HashSet<Place> path) =>
            path.Add(place) && Earlier(place).Any(other => other.Behavior is null || WaitsForEngine(other, path));

        void Take(Place place, List<Place> path)
        {
            if (path.Contains(place))
            {
                throw new InvalidOperationException(
                    $"Endpoint {_endpoint} can't order the steps of the stage of {stage.Name}: {string.Join(", ", path.Select(each => $"'{each.Id}'"))} each wait for the next. Take back one InsertBefore or InsertAfter.");
            }
            foreach (var other in Earlier(place).ToList()) Take(other, [.. path, place]);
            if (waiting.Remove(place)) ordered.Add(place);
        }

        IEnumerable<Place> Earlier(Place place) => waiting.Where(other => before.Contains((other.Id, place.Id)));
    }

    InvalidOperationException Unknown(Type stage, Planned step, RegisterStep.Wish wish, List<Place> there) => new(
        $"Step '{step.Place.StepId}' of endpoint {_endpoint} wants to be {(wish.Before ? "before" : "after")} '{wish.Other}', which is no step of the stage of {stage.Name}. " +
        $"There are {string.Join(", ", there.Select(place => $"'{place.Id}'"))}. Mend the id, or use {(wish.Before ? nameof(RegisterStep.InsertBeforeIfExists) : nameof(RegisterStep.InsertAfterIfExists))}.");

    /// <param name="Place">The step that was registered first, whose wishes hold.</param>
    /// <param name="Behavior">The one that runs: the same, or what replaced it.</param>
    sealed record Planned(RegisterStep Place, RegisterStep Behavior, Type Stage);
}

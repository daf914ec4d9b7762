namespace Dovetail.Sagas.Transitions;

/// <summary>The steps that a saga may take, declared once: the saga is held to them, and its diagram in docs/sagas is drawn from them.</summary>
sealed class StepMap<TStep> where TStep : struct, Enum
{
    readonly List<Transition<TStep>> _all = [];

    public IReadOnlyList<Transition<TStep>> All => _all;

    /// <param name="because">What brings the saga from one to the other, in a few words.</param>
    public StepMap<TStep> From(TStep from, string because, params TStep[] to)
    {
        _all.AddRange(to.Select(step => new Transition<TStep>(from, step, because)));
        return this;
    }

    /// <exception cref="InvalidOperationException">The step is not declared: the saga is at fault, and does nothing rather than something that nobody thought of.</exception>
    public void Check(TStep from, TStep to, string id)
    {
        if (_all.Exists(transition => transition.From.Equals(from) && transition.To.Equals(to))) return;
        throw new InvalidOperationException(
            $"{id} was about to go from {from} to {to}, which is not declared, so it stays where it was and nothing was sent. " +
            "If it is right to go there, declare the step where the saga's other steps are, then retry the message from the error queue.");
    }
}

/// <summary>One step that a saga may take.</summary>
sealed record Transition<TStep>(TStep From, TStep To, string Because) where TStep : struct, Enum;

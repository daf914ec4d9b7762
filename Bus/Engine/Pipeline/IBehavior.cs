using NServiceBus.Extensibility;

namespace NServiceBus.Pipeline;

/// <summary>Code that stands around one stage of a message's way.</summary>
public interface IBehavior;

/// <summary>Code that stands around one stage. Here both contexts are the same; most derive from <see cref="Behavior{TContext}"/>.</summary>
public interface IBehavior<in TInContext, out TOutContext> : IBehavior where TInContext : IBehaviorContext where TOutContext : IBehaviorContext
{
    /// <summary>Called for each message; without a call of <paramref name="next"/> the message goes no further, which is no failure.</summary>
    Task Invoke(TInContext context, Func<TOutContext, Task> next);
}

/// <summary>Code that stands around one stage: what it does before and after the rest of the stage. One object serves all messages, several at a time.</summary>
public abstract class Behavior<TContext> : IBehavior<TContext, TContext> where TContext : IBehaviorContext
{
    /// <summary>Called for each message; without a call of <paramref name="next"/> the message goes no further, which is no failure.</summary>
    public abstract Task Invoke(TContext context, Func<Task> next);

    /// <inheritdoc />
    public Task Invoke(TContext context, Func<TContext, Task> next) => Invoke(context, () => next(context));
}

/// <summary>What every stage offers.</summary>
public interface IBehaviorContext : IExtendable, ICancellableContext
{
    /// <summary>The services of this message, which handlers share; for what leaves from outside handlers, the host's.</summary>
    IServiceProvider Builder { get; }
}

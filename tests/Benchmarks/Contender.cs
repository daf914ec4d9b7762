namespace Dovetail.Benchmarks;

/// <summary>What is done with each message.</summary>
/// <param name="Sends">Whether the handler sends one message on.</param>
/// <param name="Audits">Whether a copy of what was handled goes to a queue of its own.</param>
sealed record BrokerWork(string Name, bool Sends, bool Audits);

/// <param name="AtOnce">How many are handled at a time.</param>
/// <param name="Ahead">How many the broker hands out ahead: the same for all.</param>
sealed record Load(int AtOnce, int Ahead)
{
    /// <summary>As many ahead as an endpoint has by default; and where that is next to nothing, more once.</summary>
    public static IEnumerable<Load> Of(int atOnce) => atOnce == 1 ? [new(1, 3), new(1, 50)] : [new(atOnce, 3 * atOnce)];
}

/// <summary>One of those who are compared: takes messages of about a kilobyte from a quorum queue, and lets go of each when its work is done and what it sent is confirmed.</summary>
abstract class Contender
{
    public abstract string Name { get; }

    /// <summary>Where it takes messages from.</summary>
    public abstract string Queue { get; }

    /// <summary>Where it sends messages to.</summary>
    public abstract string Sink { get; }

    public virtual bool CanAudit => true;

    /// <summary>A message as it lies in the queue.</summary>
    public abstract RawMessage Incoming(BrokerWork work, int id);

    /// <summary>Begins to take messages; the handlers wait at the gate.</summary>
    public abstract Task<IAsyncDisposable> Start(BrokerWork work, Load load);

    /// <summary>Sends messages from outside a handler, so many at a time, each waiting until the broker has it.</summary>
    public abstract Task<(Func<int, Task> Send, IAsyncDisposable Running)> Sender();
}

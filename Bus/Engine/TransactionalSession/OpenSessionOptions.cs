using Dovetail.Bus.Messages;
using NServiceBus.Extensibility;

namespace NServiceBus.TransactionalSession;

/// <summary>How a session is opened; each persistence derives its own.</summary>
public abstract class OpenSessionOptions
{
    /// <summary>By how much whoever dispatches waits longer each time while a commit is under way. Without effect here: the commit keeps what is to be dispatched, and nobody waits for it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above zero.</exception>
    public TimeSpan CommitDelayIncrement
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromSeconds(2);

    /// <summary>Values for what a persistence, or a customization, does when the session opens.</summary>
    protected ContextBag Extensions { get; } = new();

    /// <summary>How long whoever dispatches waits for the commit. Without effect here, as <see cref="CommitDelayIncrement"/>.</summary>
    public TimeSpan MaximumCommitDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Headers of the message that announces the commit. Here there is none.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Names the session in logs, and what it sends in the outbox.</summary>
    protected string SessionId { get; } = Chance.NewGuid().ToString();

    internal string Id => SessionId;
}

/// <summary>Registered as a service, it is asked about every session that opens.</summary>
public interface IOpenSessionOptionsCustomization
{
    /// <summary>Changes the options before the session opens with them.</summary>
    void Apply(OpenSessionOptions options);
}

/// <summary>How sessions of an endpoint commit.</summary>
public class TransactionalSessionOptions : ExtendableOptions
{
    /// <summary>For an endpoint that only sends: whose outbox keeps what sessions send, so that instances of that endpoint dispatch what a crash here leaves behind.</summary>
    public string? ProcessorEndpoint { get; init; }
}

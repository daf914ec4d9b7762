using NServiceBus.Pipeline;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>A message was processed.</summary>
public class ReceivePipelineCompleted
{
    /// <summary>For tests of subscribers.</summary>
    public ReceivePipelineCompleted(IncomingMessage processedMessage, DateTimeOffset startedAt, DateTimeOffset completedAt) =>
        (ProcessedMessage, StartedAt, CompletedAt) = (processedMessage, startedAt, completedAt);

    /// <summary>When it was done.</summary>
    public DateTimeOffset CompletedAt { get; }

    /// <summary>The message.</summary>
    public IncomingMessage ProcessedMessage { get; }

    /// <summary>When the attempt that succeeded began.</summary>
    public DateTimeOffset StartedAt { get; }
}

/// <summary>Hearing of messages that were processed.</summary>
public static class ReceivePipelineConfigExtensions
{
    /// <summary>Called for each message that was processed, once nothing can undo it any more; not for failed attempts. If it fails, the log says so, and the message is not affected.</summary>
    public static void OnReceivePipelineCompleted(this PipelineSettings pipelineSettings, Func<ReceivePipelineCompleted, CancellationToken, Task> subscription)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        pipelineSettings.Completed.Add(subscription);
    }
}

namespace Dovetail.ServiceControl.Queues;

/// <summary>The queues as ServiceControl needs them: whole messages of any type, read and written untouched. The messaging engine implements it.</summary>
public interface IRawQueues
{
    /// <summary>
    /// Hands batches to <paramref name="ingest"/>; the messages of a batch leave the queue only after it has returned.
    /// Runs until stopped; when it fails, the batch is offered again.
    /// </summary>
    /// <param name="patience">How long a batch that is not full waits for more, as long as more come.</param>
    Task Consume(string queue, int batchSize, TimeSpan patience, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop);

    /// <summary>All are safe in the queue when it returns.</summary>
    Task Send(string queue, IReadOnlyList<RawMessage> messages, CancellationToken cancellation);
}

/// <summary>A message as it lies in a queue.</summary>
/// <param name="Body">Valid only until the batch has been ingested.</param>
public sealed record RawMessage(string NativeId, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body);

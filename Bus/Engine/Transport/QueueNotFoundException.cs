namespace NServiceBus.Unicast.Queuing;

/// <summary>A message was sent to a queue that does not exist.</summary>
public class QueueNotFoundException : Exception
{
    /// <summary>Names no queue.</summary>
    public QueueNotFoundException()
    {
    }

    /// <summary>Names the queue.</summary>
    public QueueNotFoundException(string queue, string message, Exception inner) : base(message, inner) => Queue = queue;

    /// <summary>The queue that is missing.</summary>
    public string Queue { get; set; } = "";
}

using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus.Faults;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>What lies in a queue and is not for its endpoint: it is put where it belongs.</summary>
sealed partial class Strays(ServerQueues queues, QueueTable queue, IReceiver receiver, TimeProvider time)
{
    readonly ILogger _logger = queues.Logger;

    /// <returns>Null for what is where it belongs.</returns>
    public Task? PutAside(ReceivedMessage message)
    {
        if (message.Headers.ContainsKey(QueueRow.Unreadable) && queue.Table != queues.ErrorQueue.Table) return OrLetGo(message, MoveRaw(message));
        if (!message.Headers.Remove(ServerQueues.ForwardDestination, out var destination)) return null;
        try
        {
            return queues.Find(destination).Table == queue.Table ? null : OrLetGo(message, Forward(message, destination));
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidOperationException)
        {
            // Whoever wrote that is not here to hear of it, and what was claimed together with it is not to wait.
            return OrLetGo(message, Park(message, destination, destination, unreadable));
        }
    }

    /// <summary>Nobody here has in hand what could not be put aside: once its lease ends, it comes again.</summary>
    static async Task OrLetGo(ReceivedMessage message, Task put)
    {
        try
        {
            await put;
        }
        finally
        {
            ((Held.Lease)message.Lease!).Ended();
        }
    }

    /// <summary>A row without headers goes to the error queue as it is, where it waits for a person and holds up nobody.</summary>
    async Task MoveRaw(ReceivedMessage message)
    {
        var lease = (Held.Lease)message.Lease!;
        await queues.Database.Change([queues.Database.Dialect.MoveRaw(queue, queues.ErrorQueue).With(lease.Id, lease.Token)]);
        queues.Database.Bell.Ring([queues.ErrorQueue.Address]);
    }

    /// <summary>It only waited here until it was due, for somebody else.</summary>
    async Task Forward(ReceivedMessage message, string destination)
    {
        try
        {
            await receiver.Move(message, Copy(message, message.Headers, destination), CancellationToken.None);
        }
        catch (QueueNotFoundException failure)
        {
            await Park(message, destination, queues.Address(destination), failure);
        }
    }

    /// <param name="failedQueue">What the error queue is told: an address, if it is one.</param>
    Task Park(ReceivedMessage message, string destination, string failedQueue, Exception failure)
    {
        LogForwardedNowhere(failure, message.NativeId, destination, queues.ErrorQueue.Name);
        return receiver.Move(message, Copy(message, Failed(message.Headers, failedQueue, failure), queues.ErrorQueue.Address), CancellationToken.None);
    }

    static OutgoingOperation Copy(ReceivedMessage message, Dictionary<string, string> headers, string to) => new(message.NativeId, headers, message.Body, new Target.Queue(to));

    Dictionary<string, string> Failed(Dictionary<string, string> headers, string failedQueue, Exception failure) => new(headers, StringComparer.Ordinal)
    {
        [FaultsHeaderKeys.FailedQ] = failedQueue,
        [FaultsHeaderKeys.ExceptionType] = failure.GetType().FullName!,
        [FaultsHeaderKeys.Message] = failure.Message,
        [FaultsHeaderKeys.StackTrace] = failure.ToString(),
        [FaultsHeaderKeys.TimeOfFailure] = Messages.WireTime.Write(time.GetUtcNow()),
    };

    [LoggerMessage(LogLevel.Error, "Message with transport id {NativeId} waited here for queue '{Destination}', which can't be found; it went to '{ErrorQueue}'")]
    partial void LogForwardedNowhere(Exception failure, string nativeId, string destination, string errorQueue);
}

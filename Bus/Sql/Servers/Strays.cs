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
        return message.Headers.Remove(ServerQueues.ForwardDestination, out var destination) && queues.Find(destination).Table != queue.Table ? OrLetGo(message, Forward(message, destination)) : null;
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
        var copy = new OutgoingOperation(message.NativeId, message.Headers, message.Body, new Target.Queue(destination));
        try
        {
            await receiver.Move(message, copy, CancellationToken.None);
        }
        catch (QueueNotFoundException failure)
        {
            LogForwardedNowhere(failure, message.NativeId, destination, queues.ErrorQueue.Name);
            await receiver.Move(message, copy with { Headers = Failed(message.Headers, destination, failure), Target = new Target.Queue(queues.ErrorQueue.Address) }, CancellationToken.None);
        }
    }

    Dictionary<string, string> Failed(Dictionary<string, string> headers, string destination, Exception failure) => new(headers, StringComparer.Ordinal)
    {
        [FaultsHeaderKeys.FailedQ] = queues.Address(destination),
        [FaultsHeaderKeys.ExceptionType] = failure.GetType().FullName!,
        [FaultsHeaderKeys.Message] = failure.Message,
        [FaultsHeaderKeys.StackTrace] = failure.ToString(),
        [FaultsHeaderKeys.TimeOfFailure] = Messages.WireTime.Write(time.GetUtcNow()),
    };

    [LoggerMessage(LogLevel.Error, "Message with transport id {NativeId} waited here for queue '{Destination}', which is not there; it went to '{ErrorQueue}'")]
    partial void LogForwardedNowhere(Exception failure, string nativeId, string destination, string errorQueue);
}

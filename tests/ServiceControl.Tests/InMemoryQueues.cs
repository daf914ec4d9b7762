using System.Collections.Concurrent;
using Dovetail.ServiceControl.Queues;

namespace Dovetail.ServiceControl.Tests;

/// <summary>Queues that outlive the ServiceControl that reads them, as a broker's do.</summary>
sealed class InMemoryQueues : IRawQueues
{
    readonly ConcurrentDictionary<string, Queue> _queues = new();

    /// <summary>Runs before messages are put into a queue; what it throws, the sender sees.</summary>
    public Action<string> BeforeSend { get; set; } = _ => { };

    /// <summary>Runs when messages are in the queue and the sender does not know it yet.</summary>
    public Action<string> AfterSend { get; set; } = _ => { };

    public IReadOnlyList<RawMessage> In(string queue) => Named(queue).Snapshot();

    public void Put(string queue, params IEnumerable<RawMessage> messages) => Named(queue).Add(messages);

    /// <summary>Takes everything out of a queue, as its endpoint would.</summary>
    public IReadOnlyList<RawMessage> Take(string queue) => Named(queue).TakeAll();

    public async Task Consume(string queue, int batchSize, TimeSpan patience, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop)
    {
        var source = Named(queue);
        while (true)
        {
            await source.WaitForMessages(stop);
            var batch = source.Peek(batchSize);
            try
            {
                await ingest(batch, stop);
                source.Remove(batch.Count);
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                // Offered again.
                await Task.Yield();
            }
        }
    }

    public Task Send(string queue, IReadOnlyList<RawMessage> messages, CancellationToken cancellation)
    {
        BeforeSend(queue);
        Put(queue, messages);
        AfterSend(queue);
        return Task.CompletedTask;
    }

    Queue Named(string queue) => _queues.GetOrAdd(queue, _ => new());

    sealed class Queue
    {
        readonly List<RawMessage> _messages = [];
        TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add(IEnumerable<RawMessage> messages)
        {
            lock (_messages)
            {
                _messages.AddRange(messages);
                _arrival.TrySetResult();
            }
        }

        public IReadOnlyList<RawMessage> Snapshot()
        {
            lock (_messages)
                return [.. _messages];
        }

        public IReadOnlyList<RawMessage> Peek(int count)
        {
            lock (_messages)
                return [.. _messages.Take(count)];
        }

        public IReadOnlyList<RawMessage> TakeAll()
        {
            lock (_messages)
            {
                RawMessage[] all = [.. _messages];
                Remove(all.Length);
                return all;
            }
        }

        public void Remove(int count)
        {
            lock (_messages)
            {
                _messages.RemoveRange(0, count);
                if (_messages.Count == 0)
                    _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public Task WaitForMessages(CancellationToken cancellation)
        {
            lock (_messages)
                return _arrival.Task.WaitAsync(cancellation);
        }
    }
}

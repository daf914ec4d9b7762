using Dovetail.Bus.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What those get who read a queue batch by batch.</summary>
[TestClass]
public sealed class RabbitBatchTests(TestContext test) : IDisposable
{
    readonly RabbitBus _bus = new();
    readonly VirtualTime _time = new();

    public void Dispose() => _bus.Dispose();

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_batch_that_is_not_full_waits_for_more()
    {
        await using var queues = new RawQueues(_bus.Definition(), "Reader", _time, NullLoggerFactory.Instance);
        await queues.Create(["audit"], test.CancellationToken);
        using var evening = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
        var first = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = queues.Consume("audit", 10, TimeSpan.FromSeconds(1), (batch, _) => Task.FromResult(first.TrySetResult(batch.Count)), evening.Token);

        for (var message = 1; message <= 3; message++)
        {
            await queues.Send("audit", [new RawQueueMessage($"{message}", new Dictionary<string, string> { [Headers.MessageId] = $"{message}" }, "{}"u8.ToArray())], test.CancellationToken);
            while ((await queues.Length("audit", test.CancellationToken)).InHand < message) await Task.Yield();
        }
        Assert.IsFalse(first.Task.IsCompleted, "Time stands still.");
        for (; !first.Task.IsCompleted; await Task.Yield()) _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.AreEqual(3, await first.Task);
        await evening.CancelAsync();
        await reading;
    }
}

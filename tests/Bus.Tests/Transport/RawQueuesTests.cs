using Dovetail.Bus.Testing;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>What operators do with queues that nobody reads, or that somebody reads too slowly.</summary>
[TestClass]
public sealed class RawQueuesTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(true), DataRow(false)]
    public async Task An_operator_counts_looks_into_and_empties_a_queue(bool sqlite)
    {
        using var folder = new TemporaryFolder();
        TransportDefinition transport = sqlite ? new SqliteTransport(folder.File("bus.db")) : new InMemoryTransport(new InMemoryBroker());
        await using var queues = new RawQueues(transport, "Operator", TimeProvider.System, NullLoggerFactory.Instance);
        await Assert.ThrowsAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => queues.Length("error", test.CancellationToken));
        await Assert.ThrowsAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => queues.Purge("error", test.CancellationToken));
        await Create(transport, "error");

        await queues.Send("error", [.. Enumerable.Range(1, 3).Select(n => new RawQueueMessage($"{n}", new Dictionary<string, string> { [Headers.MessageId] = $"{n}" }, "{}"u8.ToArray()))], test.CancellationToken);

        CollectionAssert.AreEqual(new[] { "1", "2" }, (await queues.Peek("error", 2, test.CancellationToken)).Select(message => message.Headers[Headers.MessageId]).ToArray());
        Assert.AreEqual(new QueueLength(3, 0, 0), await queues.Purge("error", test.CancellationToken));
        Assert.IsEmpty(await queues.Peek("error", 2, test.CancellationToken));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Thousands_of_messages_that_fall_due_at_once_come_bit_by_bit_and_all_of_them()
    {
        using var folder = new TemporaryFolder();
        await using var transport = new SqliteTransport(folder.File("bus.db")).Create(new TransportContext("Test", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], test.CancellationToken);
        var due = TimeProvider.System.GetUtcNow();
        await transport.Send([.. Enumerable.Range(0, 2_500).Select(n => new OutgoingOperation($"{n}", new() { [Headers.MessageId] = $"{n}" }, "{}"u8.ToArray(), new Target.Queue("Sales"), due))], test.CancellationToken);
        await using var receiver = transport.Receive("Sales");

        var first = await receiver.Take(1, test.CancellationToken);
        Assert.AreEqual(new QueueLength(999, 1, 1_500), await transport.Length("Sales", test.CancellationToken));
        var taken = new List<ReceivedMessage>(first);
        while (taken.Count < 2_500) taken.AddRange(await receiver.Take(500, test.CancellationToken));

        CollectionAssert.AreEqual(Enumerable.Range(0, 2_500).Select(n => $"{n}").ToArray(), taken.Select(message => message.Headers[Headers.MessageId]).ToArray());
    }

    async Task Create(TransportDefinition transport, string queue)
    {
        await using var queues = transport.Create(new TransportContext("Operator", TimeProvider.System, NullLoggerFactory.Instance));
        await queues.CreateQueues([queue], test.CancellationToken);
    }
}

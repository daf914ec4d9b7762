using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>What a receiver has claimed before anybody asked for it, when something goes wrong with the claims.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class ClaimedAheadTests(TestContext test) : IDisposable
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    readonly PostgreSqlSchema _schema = new();

    CancellationToken Cancellation => test.CancellationToken;

    public void Dispose() => _schema.Dispose();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_claim_that_failed_is_tried_again()
    {
        await using var sales = await OpenWith(500, TimeProvider.System);
        await using var receiver = sales.Receive("Sales");
        await UntilSomeLieReady(receiver);
        _schema.Execute($"""ALTER TABLE "{_schema.Name}"."Sales" RENAME TO "Elsewhere" """);

        await Assert.ThrowsExactlyAsync<QueueNotFoundException>(async () =>
        {
            while (true) await receiver.Take(5, Cancellation);
        });

        _schema.Execute($"""ALTER TABLE "{_schema.Name}"."Elsewhere" RENAME TO "Sales" """);
        Assert.IsNotEmpty(await receiver.Take(5, Cancellation));
        await UntilSomeLieReady(receiver);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_lies_ready_is_handed_out_no_more_once_its_lease_has_ended_unrenewed()
    {
        // By this clock no time passes and no timer fires but by hand: as in a process that was stopped in between, no lease is renewed.
        var time = new StoppedTime();
        await using var sales = await OpenWith(500, time);
        await using var receiver = sales.Receive("Sales");
        await UntilSomeLieReady(receiver);

        time.Pass(Lease);

        Assert.IsNull(await receiver.TakeReady(Cancellation));
        _schema.Execute($"""UPDATE "{_schema.Name}"."Sales.Claims" SET until = now() - interval '1 second'""");
        await using var elsewhere = Open("Elsewhere", TimeProvider.System);
        await using var other = elsewhere.Receive("Sales");
        var again = await other.Take(500, Cancellation);
        Assert.IsTrue(again.Any(message => message.Attempt == 2), "Somebody else has them by then.");
    }

    async Task UntilSomeLieReady(IReceiver receiver)
    {
        do await receiver.Take(3, Cancellation);
        while (await receiver.TakeReady(Cancellation) is null);
    }

    async Task<ITransport> OpenWith(int messages, TimeProvider time)
    {
        var transport = Open("Sales", time);
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([.. Enumerable.Range(1, messages).Select(number => new OutgoingOperation($"{number}", new() { [Headers.MessageId] = $"{number}" }, "{}"u8.ToArray(), new Target.Queue("Sales")))], Cancellation);
        return transport;
    }

    // A connection string of its own keeps its clock to itself.
    ITransport Open(string endpoint, TimeProvider time)
    {
        var definition = new PostgreSqlTransport($"{_schema.ConnectionString};Application Name={_schema.Name}{endpoint}") { DefaultSchema = _schema.Name };
        definition.LeaseMessagesFor(Lease);
        return definition.Create(new TransportContext(endpoint, time, NullLoggerFactory.Instance));
    }
}

using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests.Operations;

[TestClass]
public sealed class OperationsLedgerTests(TestContext test)
{
    static readonly PaymentHeld Held = new("A-1", "pay-1", new Money(4990m, "RUB"), new DateTimeOffset(2026, 11, 28, 10, 0, 0, TimeSpan.Zero));

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_operation_is_new_once_and_keeps_the_time_of_its_first_call()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var first = await Begin(Ledger(host));
        clock.Advance(TimeSpan.FromHours(1));
        var second = await Begin(Ledger(host));

        Assert.IsTrue(first.IsNew);
        Assert.IsFalse(second.IsNew);
        Assert.AreEqual(first.FirstCall, second.FirstCall);
        Assert.AreEqual(OperationState.Started, second.State);
        Assert.IsNull(second.Reply());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_finished_operation_gives_its_reply_to_every_repetition()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledger = Ledger(host);
        await Begin(ledger);
        await ledger.Name("A-1/hold/1", "pay-1", test.CancellationToken);
        await ledger.Finish("A-1/hold/1", OperationState.Done, Held, test.CancellationToken);

        var again = await Begin(Ledger(host));

        Assert.AreEqual(Held, again.Reply());
        Assert.AreEqual("pay-1", again.VendorId);
        Assert.AreEqual(OperationState.Done, again.State);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Of_two_attempts_that_finish_the_first_answer_counts()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledger = Ledger(host);
        await Begin(ledger);
        await ledger.Finish("A-1/hold/1", OperationState.Done, Held, test.CancellationToken);

        var counts = await ledger.Finish("A-1/hold/1", OperationState.Refused, new PaymentDeclined("A-1", "too late"), test.CancellationToken);

        Assert.AreEqual(Held, counts);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_a_person_settled_stays_settled_and_what_the_vendor_had_done_stays_done()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledger = Ledger(host);
        var settled = await Begin(ledger);
        Assert.AreEqual(Held, await ledger.Settle(settled, Held, test.CancellationToken));
        Assert.AreEqual(OperationState.Settled, (await ledger.Find(settled.Id, test.CancellationToken))!.State);

        var declined = new PaymentDeclined("A-1", "too late");
        Assert.AreEqual(Held, await ledger.Finish(settled.Id, OperationState.Refused, declined, test.CancellationToken));
        Assert.AreEqual(Held, await ledger.Settle(await Begin(ledger), declined, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_id_that_comes_with_other_content_is_rejected()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledger = Ledger(host);
        await Begin(ledger);

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() => Begin(ledger, amount: 5000m));

        Assert.Contains("A-1/hold/1", rejected.Message);
    }

    [TestMethod]
    public void A_field_that_a_later_version_adds_is_no_other_content()
    {
        var today = Fingerprint.Of(new { OrderId = "A-1", Amount = 1m });

        Assert.AreEqual(today, Fingerprint.Of(new { OrderId = "A-1", Amount = 1m, Remark = (string?)null, IsUrgent = false }));
        Assert.AreNotEqual(today, Fingerprint.Of(new { OrderId = "A-1", Amount = 1m, Remark = "soon", IsUrgent = false }));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Many_begin_the_same_operation_at_once_and_one_of_them_is_first()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var ledgers = Enumerable.Range(0, 3).Select(_ => Ledger(host)).ToList();

        var begun = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Task.Run(() => Begin(ledgers[n % 3]))));

        Assert.ContainsSingle(begun.Where(operation => operation.IsNew));
    }

    Task<Operation> Begin(OperationsLedger ledger, decimal amount = 4990m)
    {
        var command = new HoldPayment("A-1", new Money(amount, "RUB"), "pm-1", "A-1/hold/1");
        return ledger.Begin(command.OperationId, command.OrderId, "YooKassa", "hold", Fingerprint.Of(command), test.CancellationToken);
    }

    static OperationsLedger Ledger(SandboxHost host) => host.Connect(OperationsRoom.AddServices).GetRequiredService<OperationsLedger>();
}

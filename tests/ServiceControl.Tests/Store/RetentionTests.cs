using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dovetail.ServiceControl.Tests.Store;

[TestClass]
public sealed class RetentionTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Audited_messages_go_after_their_time_with_their_bodies_however_many_they_are()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var original = Capture.Messages("audited.json")[0];
        await control.Ingestor.IngestAudit([.. Enumerable.Range(0, 1_100).Select(n => original.With(("NServiceBus.MessageId", $"m-{n}")))], test.CancellationToken);

        control.Time.Advance(TimeSpan.FromDays(29));
        Assert.AreEqual(0, await Sweep(control));
        control.Time.Advance(TimeSpan.FromDays(2));
        await Sweep(control);

        Assert.AreEqual(0, await control.Store.Read(database => database.Messages.CountAsync(test.CancellationToken), test.CancellationToken));
        Assert.AreEqual(0, await control.Store.Read(database => database.Bodies.CountAsync(test.CancellationToken), test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Failed_messages_go_only_when_they_are_resolved_or_archived()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        await control.Ingestor.IngestErrors([Capture.Message("failed-charge.json"), Capture.Message("failed-always.json")], test.CancellationToken);
        using var archived = await control.Client.PostAsync("/api/errors/59d4908e-679a-d6d6-55ce-84e1b275fb4f/archive", content: null, test.CancellationToken);

        control.Time.Advance(TimeSpan.FromDays(31));
        await Sweep(control);

        var left = await control.Store.Read(
            database => database.Failed.Include(message => message.Attempts).SingleAsync(test.CancellationToken), test.CancellationToken);
        Assert.AreEqual("Shop.Messages.FailAlways", left.MessageType);
        Assert.HasCount(1, left.Attempts);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_file_lets_readers_read_while_it_is_written()
    {
        await using var control = await TestControl.Start(test.CancellationToken);

        var mode = await control.Store.Read(
            database => database.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").SingleAsync(test.CancellationToken), test.CancellationToken);

        Assert.AreEqual("wal", mode);
    }

    Task<int> Sweep(TestControl control) => control.Services.GetServices<IHostedService>().OfType<Retention>().Single().Sweep(test.CancellationToken);
}

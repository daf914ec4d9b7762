using System.Text.Json;
using Dovetail.Bus.Tests;
using Dovetail.ServiceControl.Queues;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Tests.Store;

[TestClass]
public sealed class When_the_store_is_a_server(TestContext test)
{
    const string Charge = "59d4908e-679a-d6d6-55ce-84e1b275fb4f";
    const string Billing = "\"public\".\"Billing\"";

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_failure_is_kept_retried_and_resolved_as_in_a_file()
    {
        await using var database = await OwnDatabase.Create(test.CancellationToken);
        await using var control = await TestControl.Start(test.CancellationToken, database.ConnectionString);
        control.Queues.Put("error", Capture.Message("failed-charge.json"));
        control.Queues.Put("audit", Capture.Messages("audited.json"));
        await control.Drained("error", test.CancellationToken);
        await control.Drained("audit", test.CancellationToken);

        await control.Stop();
        await control.StartAgain(test.CancellationToken);
        Assert.AreEqual("unresolved", await control.Status(Charge, test.CancellationToken));
        Assert.IsNotEmpty((await control.Json("/api/messages", test.CancellationToken)).AsArray());
        using (var answer = await control.Client.PostAsync($"/api/errors/{Charge}/retry", content: null, test.CancellationToken)) answer.EnsureSuccessStatusCode();
        await TestControl.Eventually(async () => await control.Status(Charge, test.CancellationToken) == "retryIssued", test.CancellationToken);
        Assert.HasCount(1, control.Queues.Take(Billing));
        control.Queues.Put("Particular.ServiceControl", Capture.Message("confirmation.json").With(("ServiceControl.Retry.UniqueMessageId", Charge)));
        await control.Drained("Particular.ServiceControl", test.CancellationToken);

        Assert.AreEqual("resolved", await control.Status(Charge, test.CancellationToken));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Processes_that_start_together_and_take_the_same_batch_keep_each_message_once()
    {
        await using var database = await OwnDatabase.Create(test.CancellationToken);
        var controls = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => TestControl.Start(test.CancellationToken, database.ConnectionString))));

        await Task.WhenAll(controls.Select(control => control.Ingestor.IngestAudit(Capture.Messages("audited.json"), test.CancellationToken)));
        await Task.WhenAll(controls.Select(control => control.Ingestor.IngestErrors([Capture.Message("failed-charge.json")], test.CancellationToken)));

        Assert.AreEqual((7, 1), await controls[0].Store.Read(
            async context => (await context.Processed.CountAsync(test.CancellationToken), await context.Failed.CountAsync(test.CancellationToken)), test.CancellationToken));
        foreach (var control in controls) await control.DisposeAsync();
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Copies_are_kept_as_in_a_file_whatever_they_lack()
    {
        await using var database = await OwnDatabase.Create(test.CancellationToken);
        await using var server = await TestControl.Start(test.CancellationToken, database.ConnectionString);
        await using var file = await TestControl.Start(test.CancellationToken);
        var copies = Capture.Messages("audited.json");
        List<RawMessage> batch =
        [
            .. copies, copies[0], copies[1].With(("NServiceBus.MessageId", "bare"), ("NServiceBus.ConversationId", null), ("NServiceBus.EnclosedMessageTypes", null), ("NServiceBus.TimeSent", null)),
            copies[2].With(("NServiceBus.MessageId", "retried"), ("ServiceControl.Retry.UniqueMessageId", Charge)) with { Body = default },
        ];

        foreach (var control in new[] { server, file }) await control.Ingestor.IngestAudit(batch, test.CancellationToken);

        var kept = await Kept(server);
        Assert.HasCount(copies.Count + 2, kept);
        CollectionAssert.AreEqual(await Kept(file), kept);

        Task<List<string>> Kept(TestControl control) => control.Store.Read(
            async context =>
            {
                var bodies = await context.Bodies.ToDictionaryAsync(body => body.Id, body => Convert.ToHexString(body.Content), test.CancellationToken);
                var messages = await context.Processed.ToListAsync(test.CancellationToken);
                return messages.OrderBy(message => message.Id, StringComparer.Ordinal).Select(message => $"{JsonSerializer.Serialize(message)} {bodies[message.Id]}").ToList();
            },
            test.CancellationToken);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_character_that_the_server_has_no_place_for_costs_no_message()
    {
        await using var database = await OwnDatabase.Create(test.CancellationToken);
        await using var control = await TestControl.Start(test.CancellationToken, database.ConnectionString);
        var message = Capture.Message("failed-charge.json").With(("NServiceBus.ExceptionInfo.Message", "before\0after"), ("NServiceBus.ProcessingEndpoint", "Bil\0ling"));

        await control.Ingestor.IngestErrors([message], test.CancellationToken);

        Assert.HasCount(1, await control.Store.Read(context => context.Failed.ToListAsync(test.CancellationToken), test.CancellationToken));
    }
}

using System.Text;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Tests.Ingestion;

[TestClass]
public sealed class IngestionTests(TestContext test)
{
    const string FailAlways = "16c8c2c3-8389-479d-a63b-b509013c40bb";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Audited_messages_are_kept_with_headers_body_and_times()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("audit", Capture.Messages("audited.json"));
        await control.Drained("audit", test.CancellationToken);

        var (timeout, body) = await control.Store.Read(
            async database =>
            {
                var timeout = await database.Processed.SingleAsync(message => message.MessageType == "OrderTimeout", test.CancellationToken);
                return (timeout, await database.Bodies.SingleAsync(body => body.Id == timeout.Id, test.CancellationToken));
            },
            test.CancellationToken);

        Assert.AreEqual("Sales", timeout.Endpoint);
        Assert.AreEqual("c9357657-6371-4a8f-a6fc-b509013c40b4", timeout.ConversationId);
        Assert.AreEqual("""{"Reason":"grace"}""", Encoding.UTF8.GetString(body.Content));
        Assert.HasCount(29, timeout.Headers);

        // It was to be delivered at 34.809304, was begun at 35.025978 and ended at 35.039701: the wait that was wanted is not counted.
        Assert.AreEqual(TimeSpan.FromMicroseconds(230_397), timeout.CriticalTime);
        Assert.AreEqual(TimeSpan.FromMicroseconds(216_674), timeout.DeliveryTime);
        Assert.AreEqual(TimeSpan.FromMicroseconds(13_723), timeout.ProcessingTime);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_batch_that_is_offered_again_changes_nothing()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        IReadOnlyList<RawMessage> audited = [.. Capture.Messages("audited.json"), .. Capture.Messages("audited.json").Take(1)];
        IReadOnlyList<RawMessage> failed = [Capture.Message("failed-always.json"), Capture.Message("failed-always.json").With(("NServiceBus.FailedQ", null)), Capture.Message("failed-always.json")];
        await control.Ingestor.IngestAudit(audited, test.CancellationToken);
        await control.Ingestor.IngestErrors(failed, test.CancellationToken);
        var once = await Everything(control);

        control.Time.Advance(TimeSpan.FromMinutes(1));
        await control.Ingestor.IngestAudit(audited, test.CancellationToken);
        await control.Ingestor.IngestErrors(failed, test.CancellationToken);

        Assert.AreEqual(once, await Everything(control));
        Assert.AreEqual("7 processed, 1 failed in 1 attempts, 1 set aside, 8 bodies, changed 2026-11-21 19:28:09", once);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_broken_message_is_set_aside_whole_and_blocks_nobody()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        RawMessage homeless = new("native-1", new Dictionary<string, string> { ["some-native"] = "x" }, "who am I"u8.ToArray());
        var timeless = Capture.Messages("audited.json")[0].With(("NServiceBus.ProcessingEnded", "yesterday"));
        control.Queues.Put("audit", [homeless, timeless, Capture.Messages("audited.json")[1]]);
        await control.Drained("audit", test.CancellationToken);

        var imports = await control.Store.Read(database => database.FailedImports.ToListAsync(test.CancellationToken), test.CancellationToken);

        Assert.AreEqual(1, await control.Store.Read(database => database.Processed.CountAsync(test.CancellationToken), test.CancellationToken));
        Assert.HasCount(2, imports);
        var first = imports.Single(import => import.NativeId == "native-1");
        StringAssert.Contains(first.Reason, "names no endpoint that processed it");
        Assert.AreEqual("x", first.Headers["some-native"]);
        Assert.AreEqual("who am I", Encoding.UTF8.GetString(first.Body));
        StringAssert.Contains(imports.Single(import => import != first).Reason, "NServiceBus.ProcessingEnded holds 'yesterday'");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("error", "NServiceBus.FailedQ")]
    [DataRow("Particular.ServiceControl", "EndpointHeartbeat")]
    [DataRow("audit", "saga's change")]
    public async Task What_is_not_understood_says_why(string queue, string reason)
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var type = queue == "audit" ? "ServiceControl.EndpointPlugin.Messages.SagaState.SagaUpdatedMessage" : "ServiceControl.Plugin.Heartbeat.Messages.EndpointHeartbeat";
        control.Queues.Put(queue, new RawMessage(
            "native-2", new Dictionary<string, string> { ["NServiceBus.EnclosedMessageTypes"] = type, ["NServiceBus.ReplyToAddress"] = "Billing" }, "{}"u8.ToArray()));
        await control.Drained(queue, test.CancellationToken);

        var import = await control.Store.Read(database => database.FailedImports.SingleAsync(test.CancellationToken), test.CancellationToken);

        Assert.AreEqual(queue, import.Queue);
        StringAssert.Contains(import.Reason, reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Failing_once_more_without_a_retry_adds_an_attempt_to_the_same_message()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var first = Capture.Message("failed-always.json");
        var second = first.With(("NServiceBus.TimeOfFailure", "2026-11-21 19:20:00:000000 Z"), ("NServiceBus.ExceptionInfo.Message", "another reason"));
        await control.Ingestor.IngestErrors([first, second], test.CancellationToken);

        var message = await TheFailure(control);

        Assert.AreEqual(2, message.AttemptCount);
        Assert.AreEqual("another reason", message.Read().Exception.Message);
        Assert.AreEqual("repeatedFailure", (string?)(await control.Json("/api/messages", test.CancellationToken))[0]!["status"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_failure_without_a_time_is_one_attempt_however_often_it_is_offered()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var timeless = Capture.Message("failed-always.json").With(("NServiceBus.TimeOfFailure", null));
        await control.Ingestor.IngestErrors([timeless], test.CancellationToken);
        control.Time.Advance(TimeSpan.FromMinutes(1));
        await control.Ingestor.IngestErrors([timeless], test.CancellationToken);

        Assert.AreEqual(1, (await TheFailure(control)).AttemptCount);

        await control.Ingestor.IngestErrors([timeless.With(("NServiceBus.ExceptionInfo.Message", "another reason"))], test.CancellationToken);
        Assert.AreEqual(2, (await TheFailure(control)).AttemptCount);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_message_that_failed_because_of_its_own_time_of_sending_is_listed()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        await control.Ingestor.IngestErrors([Capture.Message("failed-always.json").With(("NServiceBus.TimeSent", "yesterday"))], test.CancellationToken);

        Assert.IsNull((await TheFailure(control)).TimeSent);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_failure_that_arrives_late_does_not_hide_the_newest_reason()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var late = Capture.Message("failed-always.json").With(("NServiceBus.TimeOfFailure", "2026-11-21 19:00:00:000000 Z"), ("NServiceBus.ExceptionInfo.Message", "old reason"));
        await control.Ingestor.IngestErrors([Capture.Message("failed-always.json")], test.CancellationToken);
        await control.Ingestor.IngestErrors([late], test.CancellationToken);

        StringAssert.StartsWith((await TheFailure(control)).Read().Exception.Message, "always fails");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_newest_ten_attempts_are_kept_and_all_are_counted()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        foreach (var minute in Enumerable.Range(10, 12))
            await control.Ingestor.IngestErrors([Capture.Message("failed-always.json").With(("NServiceBus.TimeOfFailure", $"2026-11-21 19:{minute}:00:000000 Z"))], test.CancellationToken);

        var message = await TheFailure(control);

        Assert.AreEqual(12, message.AttemptCount);
        Assert.HasCount(10, message.Attempts);
        Assert.AreEqual(12, message.Attempts.Min(attempt => attempt.FailedAt.Minute));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_message_without_an_id_is_known_by_what_the_transport_calls_it()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var nameless = Capture.Messages("audited.json")[0].With(("NServiceBus.MessageId", null)) with { NativeId = "AABBCCDD-1111-2222-3333-444455556666" };
        await control.Ingestor.IngestAudit([nameless], test.CancellationToken);

        Assert.AreEqual("aabbccdd-1111-2222-3333-444455556666", (string?)(await control.Json("/api/messages", test.CancellationToken))[0]!["message_id"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Nothing_of_a_message_is_written_to_the_log_but_its_id()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        await control.Ingestor.IngestAudit([new RawMessage("native-3", new Dictionary<string, string> { ["Customer"] = "Ann" }, "Ann's address"u8.ToArray())], test.CancellationToken);

        StringAssert.Contains(control.Log.Single(line => line.Contains("native-3", StringComparison.Ordinal)), "of queue audit aside");
        Assert.IsFalse(control.Log.Any(line => line.Contains("Ann", StringComparison.Ordinal)));
    }

    async Task<FailedMessage> TheFailure(TestControl control) => await control.Store.Read(
        database => database.Failed.Include(message => message.Attempts).SingleAsync(message => message.MessageId == FailAlways, test.CancellationToken),
        test.CancellationToken);

    Task<string> Everything(TestControl control) => control.Store.Read(
        async database =>
        {
            var cancellation = test.CancellationToken;
            var failed = await database.Failed.Include(message => message.Attempts).ToListAsync(cancellation);
            return $"{await database.Processed.CountAsync(cancellation)} processed, {failed.Count} failed in {failed.Sum(message => message.Attempts.Count)} attempts, " +
                $"{await database.FailedImports.CountAsync(cancellation)} set aside, {await database.Bodies.CountAsync(cancellation)} bodies, " +
                $"changed {failed.Max(message => message.LastModified):yyyy-MM-dd HH:mm:ss}";
        },
        test.CancellationToken);
}

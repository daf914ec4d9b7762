using System.Net;
using System.Net.Http.Json;
using System.Text;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Tests.Retries;

[TestClass]
public sealed class RetryTests(TestContext test)
{
    const string Charge = "59d4908e-679a-d6d6-55ce-84e1b275fb4f";
    const string Billing = "\"public\".\"Billing\"";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_retry_sends_the_message_as_it_first_came_and_says_where_to_acknowledge_it()
    {
        await using var control = await WithFailedCharge();

        using var answer = await control.Client.PostAsync($"/api/errors/{Charge}/retry", content: null, test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode);
        await Becomes(control, "retryIssued");
        var sent = control.Queues.Take(Billing).Single();
        Assert.AreEqual("377ee704-469f-4b32-afc3-b5090140d0ab", sent.NativeId);
        Assert.AreEqual("""{"OrderId":"O-192802-18","Amount":180}""", Encoding.UTF8.GetString(sent.Body.Span));
        Assert.AreEqual(Charge, sent.Headers["ServiceControl.Retry.UniqueMessageId"]);
        Assert.AreEqual("Particular.ServiceControl", sent.Headers["ServiceControl.Retry.AcknowledgementQueue"]);

        // The same headers as the real platform left on a message of this kind.
        CollectionAssert.AreEquivalent(Capture.Answer("retried-message.json")["headers"]!.AsObject().Select(header => header.Key).ToArray(), sent.Headers.Keys.ToArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_endpoints_acknowledgement_resolves_the_message()
    {
        await using var control = await WithFailedCharge();
        await Retry(control);
        await Becomes(control, "retryIssued");

        control.Queues.Put("Particular.ServiceControl", Confirmation());
        await control.Drained("Particular.ServiceControl", test.CancellationToken);

        Assert.AreEqual("resolved", await control.Status(Charge, test.CancellationToken));
        Assert.AreEqual(RetryOutcome.Succeeded, (await Retries(control)).Single().Outcome);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_acknowledgement_is_understood_in_the_error_queue_too()
    {
        await using var control = await WithFailedCharge();
        await Retry(control);
        await Becomes(control, "retryIssued");

        control.Queues.Put("error", Confirmation());
        await control.Drained("error", test.CancellationToken);

        Assert.AreEqual("resolved", await control.Status(Charge, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_audited_copy_of_an_endpoint_that_does_not_acknowledge_resolves_the_message()
    {
        await using var control = await WithFailedCharge();
        await Retry(control);
        await Becomes(control, "retryIssued");
        var sent = control.Queues.Take(Billing).Single();

        control.Queues.Put("audit", sent.With(("NServiceBus.ProcessingStarted", "2026-11-21 19:32:36:000000 Z"), ("NServiceBus.ProcessingEnded", "2026-11-21 19:32:37:000000 Z")));
        await control.Drained("audit", test.CancellationToken);

        Assert.AreEqual("resolved", await control.Status(Charge, test.CancellationToken));

        // Failure and audited copy are one message: it is listed once, as the failure that was resolved.
        var listed = (await control.Json("/api/messages", test.CancellationToken)).AsArray().Single()!;
        Assert.AreEqual(Charge, (string?)listed["id"]);
        Assert.AreEqual("resolvedSuccessfully", (string?)listed["status"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_message_that_fails_again_is_unresolved_with_one_more_attempt()
    {
        await using var control = await WithFailedCharge();
        await Retry(control);
        await Becomes(control, "retryIssued");
        control.Queues.Put("error", FailedAgain(control.Queues.Take(Billing).Single()));
        await control.Drained("error", test.CancellationToken);

        var answer = await control.Json($"/api/errors/last/{Charge}", test.CancellationToken);

        Assert.AreEqual("unresolved", (string?)answer["status"]);
        Assert.AreEqual(2, (int?)answer["number_of_processing_attempts"]);
        Assert.AreEqual("Still declined", (string?)answer["exception"]!["message"]);
        Assert.AreEqual(RetryOutcome.FailedAgain, (await Retries(control)).Single().Outcome);

        await Retry(control);
        await Becomes(control, "retryIssued");
        Assert.HasCount(1, control.Queues.Take(Billing));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Asking_twice_is_one_retry()
    {
        await using var control = await WithFailedCharge();

        await Task.WhenAll(Retry(control), Retry(control), Retry(control));
        await Becomes(control, "retryIssued");
        await Retry(control);

        Assert.HasCount(1, await Retries(control));
        Assert.HasCount(1, control.Queues.Take(Billing));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Any_number_of_messages_is_retried_at_once()
    {
        await using var control = await TestControl.Start(test.CancellationToken);
        var original = Capture.Message("failed-charge.json");
        control.Queues.Put("error", Enumerable.Range(0, 250).Select(n => original.With(("NServiceBus.MessageId", $"m-{n}"))));
        await control.Drained("error", test.CancellationToken);
        var ids = (await control.Json("/api/errors?per_page=1000", test.CancellationToken)).AsArray().Select(message => (string)message!["id"]!);

        using var answer = await control.Client.PostAsJsonAsync(
            "/api/errors/retry", ids.Concat(Enumerable.Range(0, 40_000).Select(n => $"unknown-{n}")), test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode);
        await Eventually(async () => (await control.Json("/api/errors?status=retryissued&per_page=1000", test.CancellationToken)).AsArray().Count == 250);
        Assert.HasCount(250, control.Queues.Take(Billing).Select(message => message.NativeId).Distinct());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_message_that_was_processed_is_not_processed_again()
    {
        await using var control = await WithFailedCharge();
        control.Queues.Put("Particular.ServiceControl", Confirmation());
        await control.Drained("Particular.ServiceControl", test.CancellationToken);

        await Retry(control);

        Assert.IsEmpty(await Retries(control));
        Assert.AreEqual("resolved", await control.Status(Charge, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_request_survives_a_crash_before_the_message_is_sent()
    {
        await using var control = await WithFailedCharge();
        control.Queues.BeforeSend = _ => throw new IOException("The broker is away.");
        await Retry(control);
        await Eventually(async () => (await Retries(control)).Single().SendFault == "The broker is away.");
        await control.Stop();

        control.Queues.BeforeSend = _ => { };
        await control.StartAgain(test.CancellationToken);

        await Becomes(control, "retryIssued");
        Assert.HasCount(1, control.Queues.Take(Billing));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_crash_after_the_send_sends_the_same_message_id_again_so_the_endpoint_knows_it()
    {
        await using var control = await WithFailedCharge();
        control.Queues.AfterSend = _ => throw new IOException("The process died here.");
        await Retry(control);
        await Eventually(() => Task.FromResult(control.Queues.In(Billing).Count == 1));
        await control.Stop();

        control.Queues.AfterSend = _ => { };
        await control.StartAgain(test.CancellationToken);
        await Becomes(control, "retryIssued");

        Assert.HasCount(1, control.Queues.Take(Billing).Select(message => message.NativeId).Distinct());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_endpoint_that_answered_before_the_send_was_noted_is_not_asked_again()
    {
        await using var control = await WithFailedCharge();
        control.Queues.AfterSend = _ => throw new IOException("The process died here.");
        await Retry(control);
        await Eventually(() => Task.FromResult(control.Queues.Take(Billing).Count == 1));
        await control.Stop();

        control.Queues.AfterSend = _ => { };
        control.Queues.BeforeSend = _ => throw new IOException("Not yet.");
        await control.StartAgain(test.CancellationToken);
        control.Queues.Put("Particular.ServiceControl", Confirmation());
        await control.Drained("Particular.ServiceControl", test.CancellationToken);
        control.Queues.BeforeSend = _ => { };
        control.Time.Advance(TimeSpan.FromMinutes(5));
        await control.Stop();
        await control.StartAgain(test.CancellationToken);

        Assert.AreEqual("resolved", await control.Status(Charge, test.CancellationToken));
        Assert.IsEmpty(control.Queues.In(Billing));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_could_not_be_sent_is_tried_again_and_holds_up_nobody()
    {
        await using var control = await WithFailedCharge();
        var other = Capture.Message("failed-always.json");
        control.Queues.Put("error", other);
        await control.Drained("error", test.CancellationToken);
        var otherId = (string)(await control.Json("/api/endpoints/Billing/errors?queueaddress=Billing", test.CancellationToken))[0]!["id"]!;
        var open = false;
        control.Queues.BeforeSend = queue =>
        {
            if (queue == Billing && !Volatile.Read(ref open))
                throw new IOException("No such queue.");
        };

        using var answer = await control.Client.PostAsJsonAsync("/api/errors/retry", new[] { Charge, otherId }, test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode);
        await Eventually(async () => await control.Status(otherId, test.CancellationToken) == "retryIssued");
        Assert.AreEqual("unresolved", await control.Status(Charge, test.CancellationToken));

        Volatile.Write(ref open, true);
        await Eventually(async () =>
        {
            control.Time.Advance(TimeSpan.FromSeconds(5));
            return await control.Status(Charge, test.CancellationToken) == "retryIssued";
        });
        Assert.HasCount(1, control.Queues.Take("Billing"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Archiving_withdraws_a_retry_that_was_not_sent()
    {
        await using var control = await WithFailedCharge();
        control.Queues.BeforeSend = _ => throw new IOException("No such queue.");
        await Retry(control);
        await Eventually(async () => (await Retries(control)).Single().SendFault is not null);

        using var archived = await control.Client.PatchAsJsonAsync("/api/errors/archive/", new[] { Charge }, test.CancellationToken);
        control.Queues.BeforeSend = _ => { };
        control.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.AreEqual(HttpStatusCode.Accepted, archived.StatusCode);
        Assert.AreEqual("archived", await control.Status(Charge, test.CancellationToken));
        Assert.AreEqual(RetryOutcome.Withdrawn, (await Retries(control)).Single().Outcome);

        using var restored = await control.Client.PatchAsJsonAsync("/api/errors/unarchive", new[] { Charge }, test.CancellationToken);
        Assert.AreEqual("unresolved", await control.Status(Charge, test.CancellationToken));
        Assert.IsEmpty(control.Queues.In(Billing));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("POST", "/api/errors/11111111-1111-1111-1111-111111111111/retry", null, 202)]
    [DataRow("POST", "/api/errors/59d4908e-679a-d6d6-55ce-84e1b275fb4f/retry?instance_id=bogus", null, 400)]
    [DataRow("POST", "/api/errors/retry", "[]", 202)]
    [DataRow("POST", "/api/errors/retry", "[\"\"]", 400)]
    [DataRow("POST", "/api/errors/retry", "[null]", 400)]
    [DataRow("POST", "/api/errors/retry", "nonsense", 400)]
    [DataRow("POST", "/api/errors/59d4908e-679a-d6d6-55ce-84e1b275fb4f/archive", null, 202)]
    [DataRow("PATCH", "/api/errors/59d4908e-679a-d6d6-55ce-84e1b275fb4f/archive", null, 202)]
    [DataRow("PATCH", "/api/errors/archive", "[\"\"]", 422)]
    [DataRow("PATCH", "/api/errors/unarchive", "[\"\"]", 400)]
    public async Task Requests_are_answered_as_the_real_platform_does(string method, string path, string? body, int status)
    {
        await using var control = await WithFailedCharge();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };

        using var answer = await control.Client.SendAsync(request, test.CancellationToken);

        Assert.AreEqual(status, (int)answer.StatusCode);
        if (status == 202)
            Assert.AreEqual("", await answer.Content.ReadAsStringAsync(test.CancellationToken));
    }

    async Task<TestControl> WithFailedCharge()
    {
        var control = await TestControl.Start(test.CancellationToken);
        control.Queues.Put("error", Capture.Message("failed-charge.json"));
        await control.Drained("error", test.CancellationToken);
        return control;
    }

    async Task Retry(TestControl control)
    {
        using var answer = await control.Client.PostAsync($"/api/errors/{Charge}/retry", content: null, test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode);
    }

    Task Becomes(TestControl control, string status) => Eventually(async () => await control.Status(Charge, test.CancellationToken) == status);

    Task Eventually(Func<Task<bool>> condition) => TestControl.Eventually(condition, test.CancellationToken);

    Task<List<Retry>> Retries(TestControl control) => control.Store.Read(database => database.Retries.ToListAsync(test.CancellationToken), test.CancellationToken);

    static RawMessage Confirmation() => Capture.Message("confirmation.json").With(("ServiceControl.Retry.UniqueMessageId", Charge));

    static RawMessage FailedAgain(RawMessage sent) => sent.With(
        ("NServiceBus.FailedQ", Billing),
        ("NServiceBus.TimeOfFailure", "2026-11-21 19:32:36:000000 Z"),
        ("NServiceBus.ExceptionInfo.ExceptionType", "System.InvalidOperationException"),
        ("NServiceBus.ExceptionInfo.Message", "Still declined"));
}

using System.Text;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Wire;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Copies of what was handled, and receipts for ServiceControl, on every transport and store. Derive one class for each pair.</summary>
public abstract class AuditContract(TestContext test) : BusContract(test)
{
    static readonly string[] Processed = [Headers.ProcessingStarted, Headers.ProcessingEnded, Headers.HostId, Headers.HostDisplayName, Headers.ProcessingMachine, Headers.ProcessingEndpoint];

    [Scenario(105, 40)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_copy_has_the_message_s_headers_and_body_and_says_who_processed_it_and_when()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.AuditProcessedMessagesTo("audit");
        });
        var headers = HeadersOf<AskCommand>("ask-1");
        headers[Headers.TimeSent] = WireTime.Write(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        headers[Headers.NServiceBusVersion] = "9.1.0";
        headers["own"] = "a/b";

        await Inject("Sales", headers, """{"Text" : "as it was written"}""");

        var copy = await Next("audit");
        CollectionAssert.IsSubsetOf(headers.ToList(), copy.Headers.ToList());
        CollectionAssert.AreEquivalent(headers.Keys.Concat(Processed).ToList(), copy.Headers.Keys.Except([Headers.DiagnosticsTraceParent]).ToList());
        Assert.IsLessThanOrEqualTo(WireTime.Read(copy.Headers[Headers.ProcessingEnded]), WireTime.Read(copy.Headers[Headers.ProcessingStarted]));
        Assert.AreEqual("""{"Text" : "as it was written"}""", Encoding.UTF8.GetString(copy.Body.Span));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Of_many_that_come_one_behind_the_other_each_is_read_and_copied_as_it_was()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.AuditProcessedMessagesTo("audit");
        });
        List<string> texts = [.. Enumerable.Range(1, 200).Select(number => $"{number} {new string((char)('a' + (number % 26)), number * 37 % 1_500)}")];

        foreach (var text in texts) await Inject("Sales", HeadersOf<AskCommand>($"ask-{text.Split(' ')[0]}"), $$"""{"Text":"{{text}}"}""");

        CollectionAssert.AreEquivalent(texts, (await scenario.Notes.Until<Arrived>(texts.Count, Cancellation)).Select(arrived => ((AskCommand)arrived.Message).Text).ToList());
        var copies = new List<string>();
        while (copies.Count < texts.Count) copies.Add(Encoding.UTF8.GetString((await Next("audit")).Body.Span));
        CollectionAssert.AreEquivalent(texts.ConvertAll(text => $$"""{"Text":"{{text}}"}"""), copies);
    }

    [Scenario(106, 41)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Failed_attempts_are_not_audited_and_the_one_that_succeeds_keeps_the_time_of_sending()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.AuditProcessedMessagesTo("audit");
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0));
            sales.On<AskCommand>((_, context, notes) =>
            {
                notes.Write(new Arrived("", context.MessageId, context.MessageHeaders));
                return notes.Of<Arrived>().Count == 1 ? throw new InvalidOperationException("only the first time") : Task.CompletedTask;
            });
        });
        var sent = WireTime.Write(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        var headers = HeadersOf<AskCommand>("ask-1");
        headers[Headers.TimeSent] = sent;

        await Inject("Sales", headers);

        var heard = await scenario.Notes.Until<Arrived>(2, Cancellation);
        Assert.AreEqual("1", heard[1].Headers[Headers.DelayedRetries]);
        Assert.AreEqual(sent, heard[1].Headers[Headers.TimeSent]);
        var copy = await Next("audit");
        Assert.AreEqual("1", copy.Headers[Headers.DelayedRetries]);
        Assert.AreEqual(sent, copy.Headers[Headers.TimeSent]);
        await Settled("Sales");
        Assert.AreEqual(0, await Waiting("audit"));
    }

    [Scenario(54)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_without_a_body_meets_no_handler_does_not_fail_and_is_audited()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<object>();
            sales.AuditProcessedMessagesTo("audit");
        });

        await Inject("Sales", new(StringComparer.Ordinal) { [Headers.MessageId] = "empty" }, body: "");

        Assert.AreEqual("empty", (await Next("audit")).Headers[Headers.MessageId]);
        await Settled("Sales");
        Assert.IsEmpty(scenario.Notes.Of<Arrived>());
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(104, 236)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(false, DisplayName = "of an ordinary message"), DataRow(true, DisplayName = "of a control message")]
    public async Task A_retry_from_ServiceControl_is_acknowledged_with_the_headers_that_it_knows(bool control)
    {
        await CreateQueues("Particular.ServiceControl");
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.AuditProcessedMessagesTo("audit");
        });
        var headers = HeadersOf<AskCommand>("retry-1");
        headers["ServiceControl.Retry.UniqueMessageId"] = "0f0f0f0f-1111-2222-3333-444444444444";
        headers["ServiceControl.Retry.AcknowledgementQueue"] = "Particular.ServiceControl";
        if (control) headers[Headers.ControlMessageHeader] = "True";

        await Inject("Sales", headers, control ? "" : "{}");

        var receipt = await Next("Particular.ServiceControl");
        receipt.Headers.AreExactly("ServiceControl.Retry.Successful", "ServiceControl.Retry.UniqueMessageId", Headers.ControlMessageHeader, Headers.NServiceBusVersion, Headers.TimeSent);
        Assert.AreEqual("0f0f0f0f-1111-2222-3333-444444444444", receipt.Headers["ServiceControl.Retry.UniqueMessageId"]);
        Assert.IsTrue(receipt.Body.IsEmpty);
        Assert.AreEqual("true", (await Next("audit")).Headers["ServiceControl.Retry.AcknowledgementSent"]);
    }
}

/// <summary>The environment belongs to the whole process: no other test may run meanwhile.</summary>
public abstract class AuditEnvironmentContract(TestContext test) : BusContract(test)
{
    const string Address = "NSERVICEBUS__AUDIT__ADDRESS", Disabled = "NSERVICEBUS__AUDIT__DISABLED";

    [Scenario(108)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DoNotParallelize]
    public async Task The_environment_switches_auditing_on_and_off()
    {
        await CreateQueues("audit", "operators");
        try
        {
            Environment.SetEnvironmentVariable(Address, "operators");
            await Handle(_ => { });
            Assert.AreEqual((1L, 0L), (await Waiting("operators"), await Waiting("audit")));

            await Handle(sales => sales.AuditProcessedMessagesTo("audit"));
            Assert.AreEqual((1L, 1L), (await Waiting("operators"), await Waiting("audit")), "What the endpoint says wins.");

            Environment.SetEnvironmentVariable(Disabled, "true");
            await Handle(sales => sales.AuditProcessedMessagesTo("audit"));
            Assert.AreEqual((1L, 1L), (await Waiting("operators"), await Waiting("audit")));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Address, null);
            Environment.SetEnvironmentVariable(Disabled, null);
        }
    }

    async Task Handle(Action<EndpointConfiguration> configure)
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            configure(sales);
        });
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);
        await Settled("Sales");
        Assert.ContainsSingle(scenario.Notes.Of<Arrived>());
    }
}

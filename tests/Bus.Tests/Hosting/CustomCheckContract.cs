using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.CustomChecks;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What endpoints report of their checks, on every transport and store. Derive one class for each pair.</summary>
public abstract partial class CustomCheckContract(TestContext test) : BusContract(test)
{
    const string Queue = "Particular.ServiceControl";

    [Scenario(198)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Checks_report_what_they_find_in_the_form_that_ServiceControl_reads()
    {
        await using var transport = Open();
        await transport.CreateQueues([Queue], Cancellation);
        await using var scenario = await Start(("Billing", (billing, _) =>
        {
            billing.UniquelyIdentifyRunningInstance().UsingCustomIdentifier(new Guid("883c71ce-817d-a3d8-a504-61d3b72cf231")).UsingCustomDisplayName("vm");
            billing.ReportCustomChecksTo(Queue);
            billing.AddCustomCheck<DiskCheck>();
            billing.AddCustomCheck<WellCheck>();
            billing.AddCustomCheck<ThrowingCheck>();
        }
        ));

        var reports = await Take(transport, Queue, 3);

        foreach (var report in reports)
        {
            CollectionAssert.AreEquivalent(
                new[]
                {
                    $"{Headers.EnclosedMessageTypes}=ServiceControl.Plugin.CustomChecks.Messages.ReportCustomCheckResult", $"{Headers.ContentType}=application/json",
                    $"{Headers.MessageIntent}=Send", $"{Headers.ReplyToAddress}={Bus.Address("Billing")}",
                },
                report.Headers.Select(header => $"{header.Key}={header.Value}").ToArray());
        }
        var bodies = reports.ToDictionary(report => JsonDocument.Parse(report.Body).RootElement.GetProperty("CustomCheckId").GetString()!, report => Time().Replace(Encoding.UTF8.GetString(report.Body.Span), "\"ReportedAt\":\"(time)\""));
        Assert.AreEqual("""{"HostId":"883c71ce-817d-a3d8-a504-61d3b72cf231","CustomCheckId":"Disk space","Category":"Billing checks","HasFailed":true,"FailureReason":"only 1% left","ReportedAt":"(time)","EndpointName":"Billing","Host":"vm"}""", bodies["Disk space"]);
        Assert.AreEqual("""{"HostId":"883c71ce-817d-a3d8-a504-61d3b72cf231","CustomCheckId":"All well","Category":"Billing checks","HasFailed":false,"FailureReason":null,"ReportedAt":"(time)","EndpointName":"Billing","Host":"vm"}""", bodies["All well"]);
        StringAssert.Contains(bodies["Throws"], "\"HasFailed\":true");
        foreach (var told in new[] { "Throws", "Odd checks", nameof(ThrowingCheck) }) StringAssert.Contains(JsonDocument.Parse(bodies["Throws"]).RootElement.GetProperty("FailureReason").GetString(), told);
        Assert.IsFalse(bodies["Throws"].Contains("a secret", StringComparison.Ordinal));
    }

    [Scenario(198)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Checks_repeat_after_their_interval_and_go_on_although_nobody_hears_them_or_they_throw()
    {
        await using var transport = Open();
        await using var scenario = await Start(("Billing", (billing, _) =>
        {
            billing.ReportCustomChecksTo(Queue);
            billing.AddCustomCheck<RestlessCheck>();
        }
        ));
        await scenario.Notes.Until<RestlessCheck>(2, Cancellation);
        await transport.CreateQueues([Queue], Cancellation);

        Assert.HasCount(2, await Take(transport, Queue, 2));
    }

    [GeneratedRegex("\"ReportedAt\":\"[0-9-]{10}T[0-9:.]+Z\"")]
    private static partial Regex Time();
}

sealed class DiskCheck() : CustomCheck("Disk space", "Billing checks", TimeSpan.FromMinutes(1))
{
    public override Task<CheckResult> PerformCheck(CancellationToken cancellationToken = default) => CheckResult.Failed("only 1% left");
}

sealed class WellCheck() : CustomCheck("All well", "Billing checks")
{
    public override Task<CheckResult> PerformCheck(CancellationToken cancellationToken = default) => CheckResult.Pass;
}

sealed class ThrowingCheck() : CustomCheck("Throws", "Odd checks")
{
    public override Task<CheckResult> PerformCheck(CancellationToken cancellationToken = default) => throw new InvalidOperationException("a secret");
}

sealed class RestlessCheck(Notes notes) : CustomCheck("Restless", "Odd checks", TimeSpan.FromMilliseconds(20))
{
    public override Task<CheckResult> PerformCheck(CancellationToken cancellationToken = default)
    {
        notes.Write(this);
        return notes.Of<RestlessCheck>().Count == 1 ? throw new InvalidOperationException("only the first time") : CheckResult.Pass;
    }
}

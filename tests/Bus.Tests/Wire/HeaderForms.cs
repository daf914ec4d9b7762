using System.Globalization;
using System.Text.RegularExpressions;
using Dovetail.Bus.Messages;
using NServiceBus;

namespace Dovetail.Bus.Tests.Wire;

/// <summary>The form that each header's value has on the wire.</summary>
static partial class HeaderForms
{
    // Tests run side by side, and one that listens to traces makes the others' messages carry them too.
    static readonly string[] Traces = [Headers.DiagnosticsTraceParent, Headers.DiagnosticsTraceState, Headers.DiagnosticsBaggage];

    /// <summary>Holds that there are exactly these headers, each in its form.</summary>
    public static void AreExactly(this IReadOnlyDictionary<string, string> headers, params string[] expected)
    {
        CollectionAssert.AreEquivalent(expected, headers.Keys.Except(Traces).ToArray(), $"The headers are {string.Join(", ", headers.Keys)}.");
        foreach (var (key, value) in headers) Assert.IsTrue(HasItsForm(key, value), $"{key} is '{value}'.");
    }

    static bool HasItsForm(string key, string value) => key switch
    {
        Headers.MessageId or Headers.ConversationId or Headers.CorrelationId or Headers.RelatedTo or Headers.SagaId or Headers.OriginatingSagaId => LowerGuid().IsMatch(value),
        Headers.TimeSent or Headers.DeliverAt or Headers.ProcessingStarted or Headers.ProcessingEnded or Headers.DelayedRetriesTimestamp or "NServiceBus.TimeOfFailure" or "ServiceControl.Retry.Successful" =>
            WireTime.TryRead(value, out var at) && (TimeProvider.System.GetUtcNow() - at).Duration() < TimeSpan.FromDays(1),
        Headers.HostId or Headers.OriginatingHostId => HexGuid().IsMatch(value),
        Headers.EnclosedMessageTypes => value.Split(';').All(name => Type.GetType(name) is { } type && type.AssemblyQualifiedName == name),
        Headers.SagaType or Headers.OriginatingSagaType => Type.GetType(value) is { } saga && saga.AssemblyQualifiedName == value,
        Headers.TimeToBeReceived => TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out _),
        Headers.IsSagaTimeoutMessage or Headers.ControlMessageHeader => value == "True",
        Headers.StartNewTrace => value is "True" or "False",
        Headers.MessageIntent => value is "Send" or "Publish" or "Reply",
        Headers.ContentType => value == "application/json",
        Headers.NServiceBusVersion => value == "10.2.8",
        Headers.OriginatingMachine or Headers.ProcessingMachine or Headers.HostDisplayName => value == Environment.MachineName,
        _ => value.Length > 0,
    };

    [GeneratedRegex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    private static partial Regex LowerGuid();

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex HexGuid();
}

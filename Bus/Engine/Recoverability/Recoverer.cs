using System.Collections;
using System.Globalization;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Receiving;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Recoverability;

/// <summary>Carries out what the retry policy says about a failed message.</summary>
sealed partial class Recoverer(EndpointSettings settings, ITransport transport, IReceiver receiver, OutgoingMessages outgoing, TimeProvider time, ILogger logger)
{
    const int LongestMessage = 16_384;

    /// <returns>True if the same message is to be tried again at once.</returns>
    public async Task<bool> Recover(ReceivedMessage message, Exception failure, CancellationToken cancellation)
    {
        var id = ReceivePath.IdOf(message);
        var type = message.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) ?? "";
        BusMeter.Failed(message.Queue, type);
        switch (RetryPolicy.Decide(settings.Retries, failure, message.Headers, message.Attempt, time.GetUtcNow()))
        {
            case Verdict.Again:
                LogAgain(failure, id, message.Attempt);
                BusMeter.RetriedAtOnce(message.Queue, type);
                return true;
            case Verdict.Later { Delay: var delay }:
                await receiver.Move(message, Later(message, delay), cancellation);
                LogLater(failure, id, delay);
                BusMeter.RetriedLater(message.Queue, type);
                return false;
            default:
                await receiver.Move(message, Parked(message, failure), cancellation);
                LogParked(failure, id, settings.ErrorQueue);
                BusMeter.MovedToError(message.Queue, type);
                return false;
        }
    }

    OutgoingOperation Later(ReceivedMessage message, TimeSpan delay)
    {
        var now = time.GetUtcNow();
        var headers = new Dictionary<string, string>(message.Headers, StringComparer.Ordinal)
        {
            [Headers.DelayedRetries] = (RetryPolicy.RoundsOf(message.Headers) + 1).ToString(CultureInfo.InvariantCulture),
            [Headers.DelayedRetriesTimestamp] = WireTime.Write(now),
        };
        if (headers.ContainsKey(Headers.DiagnosticsTraceParent)) headers[Headers.StartNewTrace] = bool.TrueString;
        outgoing.Stamp(headers, now + delay);
        return new OutgoingOperation(headers[Headers.MessageId], headers, message.Body, new Target.Queue(transport.Address(message.Queue)), now + delay);
    }

    OutgoingOperation Parked(ReceivedMessage message, Exception failure)
    {
        var headers = new Dictionary<string, string>(message.Headers, StringComparer.Ordinal);
        headers.Remove(Headers.DelayedRetries);
        headers.Remove(Headers.ImmediateRetries);
        var story = Story(message, failure);
        settings.Retries.CustomizeFailureHeaders?.Invoke(story);
        foreach (var (key, value) in story) headers[key] = value;
        outgoing.Stamp(headers, due: null);
        return new OutgoingOperation(headers[Headers.MessageId], headers, message.Body, new Target.Queue(transport.Address(settings.ErrorQueue)));
    }

    Dictionary<string, string> Story(ReceivedMessage message, Exception failure)
    {
        var story = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [FaultsHeaderKeys.FailedQ] = transport.Address(message.Queue),
            [FaultsHeaderKeys.ExceptionType] = failure.GetType().FullName!,
            [FaultsHeaderKeys.Message] = failure.Message.Length <= LongestMessage ? failure.Message : failure.Message[..LongestMessage],
            [FaultsHeaderKeys.StackTrace] = failure.ToString(),
            [FaultsHeaderKeys.TimeOfFailure] = WireTime.Write(time.GetUtcNow()),
            [Headers.ProcessingMachine] = settings.Host.Machine,
            [Headers.ProcessingEndpoint] = settings.EndpointName,
            [Headers.HostId] = settings.Host.Id.ToString("N"),
            [Headers.HostDisplayName] = settings.Host.DisplayName,
        };
        if (failure.InnerException is { } inner) story[FaultsHeaderKeys.InnerExceptionType] = inner.GetType().FullName!;
        if (failure.HelpLink is { } link) story[FaultsHeaderKeys.HelpLink] = link;
        if (failure.Source is { } source) story[FaultsHeaderKeys.Source] = source;
        if (message.Headers.ContainsKey(Headers.DiagnosticsTraceParent)) story[Headers.StartNewTrace] = bool.TrueString;

        failure.Data["Message ID"] = message.Headers[Headers.MessageId];
        if (message.NativeId != message.Headers[Headers.MessageId]) failure.Data["Transport message ID"] = message.NativeId;
        failure.Data["Pipeline canceled"] = false;
        foreach (DictionaryEntry entry in failure.Data)
        {
            if (entry.Value is not null) story[$"NServiceBus.ExceptionInfo.Data.{entry.Key}"] = Convert.ToString(entry.Value, CultureInfo.InvariantCulture)!;
        }
        return story;
    }

    [LoggerMessage(LogLevel.Information, "Message {MessageId} failed in attempt {Attempt} and is tried again at once")]
    partial void LogAgain(Exception failure, string messageId, int attempt);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} failed and is tried again in {Delay}")]
    partial void LogLater(Exception failure, string messageId, TimeSpan delay);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} failed for good and waits in queue {ErrorQueue} with its whole story. Mend the cause, then retry it from there")]
    partial void LogParked(Exception failure, string messageId, string errorQueue);
}

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
using NServiceBus.Transport;

namespace Dovetail.Bus.Recoverability;

/// <summary>Carries out what the retry policy says about a failed message.</summary>
sealed partial class Recoverer(EndpointSettings settings, ITransport transport, IReceiver receiver, OutgoingMessages outgoing, TimeProvider time, ILogger logger)
{
    const int LongestMessage = 16_384;

    readonly EndpointMeter _meter = new(settings);
    readonly RecoverabilityConfig _config = settings.Retries.ToConfig(settings.ErrorQueue);

    /// <returns>True if the same message is to be tried again at once.</returns>
    public async Task<bool> Recover(ReceivedMessage message, Exception failure, CancellationToken cancellation)
    {
        var id = ReceivePath.IdOf(message);
        _meter.Failed(message, failure);

        // Policies and callbacks see copies: what they do to the headers changes nothing on the wire.
        var context = new ErrorContext(failure, new(message.Headers, StringComparer.Ordinal), id, message.NativeId, message.Body, message.Attempt, transport.Address(message.Queue), time.GetUtcNow());
        switch (settings.Retries.Policy(_config, context))
        {
            case ImmediateRetry:
                LogAgain(failure, id, message.Attempt);
                _meter.RetriedAtOnce(message);
                await Tell(settings.Retries.OnImmediateRetry, new ImmediateRetryMessage(id, context.Headers, message.Body, failure, message.Attempt - 1), cancellation);
                return true;
            case DelayedRetry { Delay: var delay }:
                await receiver.Move(message, Later(message, context.DelayedDeliveriesPerformed + 1, delay), cancellation);
                LogLater(failure, id, delay);
                _meter.RetriedLater(message);
                await Tell(settings.Retries.OnDelayedRetry, new DelayedRetryMessage(id, context.Headers, message.Body, failure, context.DelayedDeliveriesPerformed + 1), cancellation);
                return false;
            case MoveToError { ErrorQueue: var queue }:
                await receiver.Move(message, Parked(message, failure, queue), cancellation);
                LogParked(failure, id, queue);
                _meter.MovedToError(message);
                await Tell(settings.Retries.OnParked, new FailedMessage(id, context.Headers, message.Body, failure, queue), cancellation);
                return false;
            case Discard { Reason: var reason }:
                await receiver.Settle(message, cancellation);
                LogDiscarded(failure, id, reason);
                return false;
            case var action:
                throw new InvalidOperationException($"The recoverability policy of {settings.EndpointName} answered {action}, which this engine can't carry out. Return one that RecoverabilityAction makes.");
        }
    }

    async Task Tell<T>(Func<T, CancellationToken, Task>? callback, T message, CancellationToken cancellation)
    {
        if (callback is null) return;
        try
        {
            await callback(message, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // The message is dealt with already; a callback can't change that any more.
            LogCallbackFailed(failure, typeof(T).Name);
        }
    }

    OutgoingOperation Later(ReceivedMessage message, int round, TimeSpan delay)
    {
        var now = time.GetUtcNow();
        var headers = new Dictionary<string, string>(message.Headers, StringComparer.Ordinal)
        {
            [Headers.DelayedRetries] = round.ToString(CultureInfo.InvariantCulture),
            [Headers.DelayedRetriesTimestamp] = WireTime.Write(now),
        };
        if (headers.ContainsKey(Headers.DiagnosticsTraceParent)) headers[Headers.StartNewTrace] = bool.TrueString;
        outgoing.Stamp(headers, now + delay);
        return new OutgoingOperation(headers[Headers.MessageId], headers, message.Body, new Target.Queue(transport.Address(message.Queue)), now + delay);
    }

    OutgoingOperation Parked(ReceivedMessage message, Exception failure, string queue)
    {
        var headers = new Dictionary<string, string>(message.Headers, StringComparer.Ordinal);
        headers.Remove(Headers.DelayedRetries);
        headers.Remove(Headers.ImmediateRetries);
        var story = Story(message, failure);
        Customize(story);
        foreach (var (key, value) in story) headers[key] = value;
        outgoing.Stamp(headers, due: null);
        return new OutgoingOperation(headers[Headers.MessageId], headers, message.Body, new Target.Queue(transport.Address(queue)));
    }

    void Customize(Dictionary<string, string> story)
    {
        if (settings.Retries.CustomizeFailureHeaders is not { } customize) return;
        try
        {
            customize(story);
        }
        catch (Exception failure)
        {
            // The story as it is serves better than a message that can't be parked.
            LogCallbackFailed(failure, nameof(RetryFailedSettings.HeaderCustomization));
        }
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

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} failed and was dropped by the endpoint's own policy: {Reason}")]
    partial void LogDiscarded(Exception failure, string messageId, string reason);

    [LoggerMessage(LogLevel.Warning, "A callback for {Notification} failed; the message itself is dealt with")]
    partial void LogCallbackFailed(Exception failure, string notification);
}

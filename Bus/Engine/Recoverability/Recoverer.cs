using System.Collections;
using System.Globalization;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Receiving;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Faults;
using NServiceBus.Pipeline;
using NServiceBus.Transport;

namespace Dovetail.Bus.Recoverability;

/// <summary>Carries out what the retry policy, and after it the behaviors, say about a failed message.</summary>
sealed partial class Recoverer
{
    const int LongestMessage = 16_384;
    static readonly TimeSpan PauseWhenAway = TimeSpan.FromSeconds(1);

    readonly EndpointSettings _settings;
    readonly ITransport _transport;
    readonly IReceiver _receiver;
    readonly Departures _departures;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly IServiceProvider _services;
    readonly EndpointMeter _meter;
    readonly RecoverabilityConfig _config;
    readonly Func<IRecoverabilityContext, Task>? _recovering;

    public Recoverer(EndpointSettings settings, Behaviors behaviors, Departures departures, EndpointMeter meter, ITransport transport, IReceiver receiver, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _transport = transport;
        _receiver = receiver;
        _departures = departures;
        _time = time;
        _logger = logger;
        _services = behaviors.Services;
        _meter = meter;
        _config = settings.Retries.ToConfig(settings.ErrorQueue);
        _recovering = behaviors.Chain<IRecoverabilityContext>(context =>
        {
            ((RecoverabilityContext)context).ReachedEnd = true;
            return Task.CompletedTask;
        });
    }

    /// <param name="stop">Wait no longer for a queue that is away.</param>
    /// <returns>True if the same message is to be tried again at once.</returns>
    /// <exception cref="StoreAwayException">A queue was away until the end.</exception>
    public async Task<bool> Recover(ReceivedMessage message, Exception failure, CancellationToken stop, CancellationToken cancellation)
    {
        var id = ReceivePath.IdOf(message);
        _meter.Failed(message, failure);

        // Policies and callbacks see copies: what they do to the headers changes nothing on the wire.
        var (now, address) = (_time.GetUtcNow(), _transport.Address(message.Queue));
        var error = new ErrorContext(failure, new(message.Headers, StringComparer.Ordinal), id, message.NativeId, message.Body, message.Attempt, address, now);
        var context = new RecoverabilityContext(
            error, new(message.Headers, StringComparer.Ordinal), _config, _settings.Retries.Policy(_config, error), () => Story(message, failure), _transport.Address, now, _services, cancellation);
        if (_recovering is not null) await _recovering(context);

        var action = context.RecoverabilityAction;
        var again = action.ErrorHandleResult == ErrorHandleResult.RetryRequired;
        var copies = _recovering is null || context.ReachedEnd ? await Copies(action, context) : [];
        await CarryOut(message, again, copies, stop, cancellation);
        if (copies.Count == 0 && action is DelayedRetry or MoveToError)
        {
            LogKeptBack(failure, id);
            return again;
        }
        switch (action)
        {
            case ImmediateRetry:
                LogAgain(failure, id, message.Attempt);
                _meter.RetriedAtOnce(message);
                await Tell(_settings.Retries.OnImmediateRetry, new ImmediateRetryMessage(id, error.Headers, message.Body, failure, message.Attempt - 1), cancellation);
                break;
            case DelayedRetry { Delay: var delay }:
                LogLater(failure, id, delay);
                _meter.RetriedLater(message);
                await Tell(_settings.Retries.OnDelayedRetry, new DelayedRetryMessage(id, error.Headers, message.Body, failure, error.DelayedDeliveriesPerformed + 1), cancellation);
                break;
            case MoveToError { ErrorQueue: var queue }:
                LogParked(failure, id, queue);
                _meter.MovedToError(message);
                await Tell(_settings.Retries.OnParked, new FailedMessage(id, error.Headers, message.Body, failure, queue), cancellation);
                break;
            case Discard { Reason: var reason }:
                LogDiscarded(failure, id, reason);
                break;
            default:
                LogOwnAction(failure, id, action.GetType().Name, copies.Count);
                break;
        }
        return again;
    }

    async Task<IReadOnlyList<OutgoingOperation>> Copies(RecoverabilityAction action, RecoverabilityContext context)
    {
        var copies = new List<OutgoingOperation>();
        foreach (var copy in action.GetRoutingContexts(context.PreventChanges())) copies.AddRange(await _departures.Route(copy));
        return await _departures.Dispatch(copies, new Surroundings(context.Extensions, _services, context.CancellationToken));
    }

    /// <summary>A message that is not tried again leaves its queue, in one step with the last of its copies; those before it may come twice after a crash.</summary>
    async Task CarryOut(ReceivedMessage message, bool again, IReadOnlyList<OutgoingOperation> copies, CancellationToken stop, CancellationToken cancellation)
    {
        var first = again ? copies.Count : copies.Count - 1;
        if (first > 0) await Insist(() => _transport.Send([.. copies.Take(first)], cancellation), stop);
        if (again) return;
        await Insist(() => copies.Count == 0 ? _receiver.Settle(message, cancellation) : _receiver.Move(message, copies[^1], cancellation), stop);
    }

    /// <summary>Given back instead, the message would be handled again for every second that the queue is away, and counted as one that nobody comes to an end with.</summary>
    async Task Insist(Func<Task> act, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (StoreAwayException away) when (!stop.IsCancellationRequested)
            {
                LogAway(away, PauseWhenAway);
                await Task.Delay(PauseWhenAway, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
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

    void Customize(Dictionary<string, string> story)
    {
        if (_settings.Retries.CustomizeFailureHeaders is not { } customize) return;
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
            [FaultsHeaderKeys.FailedQ] = _transport.Address(message.Queue),
            [FaultsHeaderKeys.ExceptionType] = failure.GetType().FullName!,
            [FaultsHeaderKeys.Message] = failure.Message.Length <= LongestMessage ? failure.Message : failure.Message[..LongestMessage],
            [FaultsHeaderKeys.StackTrace] = ReportedStack.Of(failure),
            [FaultsHeaderKeys.TimeOfFailure] = WireTime.Write(_time.GetUtcNow()),
            [Headers.ProcessingMachine] = _settings.Host.Machine,
            [Headers.ProcessingEndpoint] = _settings.EndpointName,
            [Headers.HostId] = _settings.Host.Id.ToString("N"),
            [Headers.HostDisplayName] = _settings.Host.DisplayName,
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
        Customize(story);
        return story;
    }

    [LoggerMessage(LogLevel.Warning, "The queue can't be reached to which a failed message goes; trying again in {Pause}. The message stays in hand until then")]
    partial void LogAway(Exception failure, TimeSpan pause);

    [LoggerMessage(LogLevel.Information, "Message {MessageId} failed in attempt {Attempt} and is tried again at once")]
    partial void LogAgain(Exception failure, string messageId, int attempt);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} failed and is tried again in {Delay}")]
    partial void LogLater(Exception failure, string messageId, TimeSpan delay);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} failed for good and waits in queue {ErrorQueue} with its whole story. Mend the cause, then retry it from there")]
    partial void LogParked(Exception failure, string messageId, string errorQueue);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} failed and was dropped by the endpoint's own policy: {Reason}")]
    partial void LogDiscarded(Exception failure, string messageId, string reason);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} failed and was dropped: a behavior did not let its copy for another place or time leave")]
    partial void LogKeptBack(Exception failure, string messageId);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} failed, and {Action} of the endpoint's own sent {Count} messages for it")]
    partial void LogOwnAction(Exception failure, string messageId, string action, int count);

    [LoggerMessage(LogLevel.Warning, "A callback for {Notification} failed; the message itself is dealt with")]
    partial void LogCallbackFailed(Exception failure, string notification);
}

using System.Diagnostics;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Mutation;
using Dovetail.Bus.Outbox;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus.Receiving;

/// <summary>What happens to a message from the queue to the commit: one attempt.</summary>
/// <remarks>The steps stand in <see cref="Process(Attempt)"/>. Where users have behaviors in a stage, the same steps are called from the stage's chain, with the behaviors around and between them.</remarks>
sealed partial class ReceivePath(
    ITransport transport, IStore store, OutboxDispatcher dispatcher, IReceiver receiver, HandlerCatalog catalog, MessageTypes types, IncomingMessages incoming, MutatorChain mutators, Behaviors behaviors, OutgoingMessages outgoing,
    AuditCopies audit, SagaLocks sagaLocks, SagaAudits? sagaAudits, EndpointMeter meter, IReadOnlyList<Func<ReceivePipelineCompleted, CancellationToken, Task>> completed, IServiceProvider services, TimeProvider time, ILogger logger)
{
    readonly ReceiveStages _stages = new(behaviors);

    public async Task Process(ReceivedMessage message, CancellationToken cancellation)
    {
        using var activity = Tracing.Receive(message);
        var scope = services.CreateAsyncScope();
        IdOf(message);
        var attempt = new Attempt(this, OwnOf(message), scope.ServiceProvider, time.GetUtcNow(), cancellation);
        try
        {
            if (behaviors.Any) attempt.Show();
            await (_stages.Receiving is { } stage ? stage(new TransportReceiveContext(attempt)) : Process(attempt));

            // A behavior may have let it go no further: that is its end, and no failure.
            if (!attempt.Settled) await receiver.Settle(message, cancellation);
            if (completed.Count > 0) await Tell(attempt);
            else if (IsSeenByNobodyElse(message)) receiver.GiveBack(message.Body);
            activity?.SetStatus(ActivityStatusCode.Ok);
        }
        catch (Exception failure) when (attempt.Ended)
        {
            // A behavior failed on its way back: the message is committed and gone, and to handle it again would be to handle it twice.
            LogFailedAfterwards(failure, attempt.MessageId);
        }
        catch (Exception failure)
        {
            activity?.Failed(failure);
            throw;
        }
        finally
        {
            await Dispose(scope);
        }
    }

    /// <summary>The message with headers of the attempt's own, if anything may change them.</summary>
    ReceivedMessage OwnOf(ReceivedMessage message) =>
        behaviors.Any || mutators.MayChangeIncoming || !incoming.LeavesAsIs(message.Headers) ? message with { Headers = new(message.Headers, StringComparer.Ordinal) } : message;

    // Handlers are given what was read of a body. The body itself is for behaviors, mutators and serializers of the application's own, and for those who hear of failures.
    bool IsSeenByNobodyElse(ReceivedMessage message) => message.Attempt == 1 && !behaviors.Any && !mutators.MayChangeIncoming && incoming.KeepsNoBody && incoming.LeavesAsIs(message.Headers);

    /// <summary>Ends a message whose work was committed before, by dispatching what was left then.</summary>
    /// <returns>False if the message is new.</returns>
    public async Task<bool> Finish(ReceivedMessage message, CancellationToken cancellation)
    {
        var messageId = IdOf(message);
        if (await store.FindOutbox(messageId, cancellation) is not { } seen) return false;
        if (!seen.IsDispatched) await dispatcher.Dispatch(messageId, seen.Operations, cancellation);
        await receiver.Settle(message, cancellation);
        BusMeter.SeenBefore(message.Queue);
        LogSeenBefore(messageId);
        return true;
    }

    internal async Task Process(Attempt attempt)
    {
        var (message, cancellation) = (attempt.Received, attempt.Cancellation);
        Moments.Reached(Moment.Taken, message);

        // 1. Seen before? Then the work is done, and only step 6 may be missing.
        if (await Finish(message, cancellation))
        {
            attempt.Settled = attempt.Ended = true;
            return;
        }
        Moments.Reached(Moment.FoundNew, message);

        var sentAt = SentAt(message);
        await using var session = store.OpenSession();
        attempt.Services.GetRequiredService<StorageOfScope>().Enter(session);
        using var sagas = catalog.HasSagas ? new SagaInstances(store, catalog, sagaLocks, sagaAudits, time, logger) : null;
        var work = new UnitOfWork(message, session, attempt.MessageId);
        var context = new MessageHandlerContext(new Cause(attempt.MessageId, message.Headers), work, outgoing, transport, attempt.Services, attempt.Bag, cancellation);
        attempt.Begin(work, sagas, context);
        if (_stages.Physical is { } stage)
        {
            using var physical = new IncomingPhysicalMessageContext(attempt);
            await stage(physical);
        }
        else
        {
            // 2. Read. What can't be read now can't be read later either: that goes to the error queue without retries.
            await MutateBody(attempt);
            Read(attempt);

            // 3. Handle. No transaction yet: a handler may wait on a partner, and must hold no lock meanwhile.
            await HandleAll(attempt);

            // 4. The audit copy joins the batch: what was handled is in the audit, and nothing else is.
            await Audit(attempt);
        }
        context.Close();
        if (outgoing.Departures.ShowsBatches) await outgoing.Departures.Batch(work.Outgoing, context.Around);

        // 5. Commit state, sagas and outgoing messages as one. From here on the message has been handled.
        if (work.Outgoing.Count > 0) Activity.Current?.Dispatches(work.Outgoing.Count);
        var committed = await store.Commit(work, cancellation);
        attempt.Settled = true;
        Moments.Reached(Moment.Committed, message);

        // 6. Dispatch what the commit could not put into queues itself, then let go of the message.
        //    A crash before this is repaired by step 1 when the message comes again, or by the sweeper if it never does.
        if (committed.ToDispatch.Count > 0) await dispatcher.Dispatch(attempt.MessageId, committed.ToDispatch, cancellation);
        Moments.Reached(Moment.Dispatched, message);
        if (work.Outgoing.Count > 0) Activity.Current?.HasDispatched();
        if (!committed.IncomingSettled) await receiver.Settle(message, cancellation);
        attempt.Ended = true;
        Moments.Reached(Moment.Done, message);

        var now = time.GetUtcNow();
        if (meter.CountsSuccesses) meter.Succeeded(message, HandlersOf(attempt), now - attempt.StartedAt, now - sentAt);
    }

    internal async Task MutateBody(Attempt attempt) => attempt.Body = await mutators.IncomingBody(attempt.Body, attempt.Received.Headers, attempt.Services, attempt.Cancellation);

    internal void Read(Attempt attempt)
    {
        attempt.Messages = incoming.Read(attempt.Received.Headers, attempt.Body, attempt.MessageId);
        Moments.Reached(Moment.Read, attempt.Received);
    }

    internal async Task HandleAll(Attempt attempt)
    {
        for (var place = 0; place < attempt.Messages.Count; place++)
        {
            var message = attempt.Messages[place];
            if (_stages.Logical is { } stage)
            {
                using var logical = new IncomingLogicalMessageContext(attempt, types, message);
                await stage(logical);
            }
            else
            {
                await Handle(await Mutate(message, attempt), attempt, alreadyHandled: false);
            }
        }
        Moments.Reached(Moment.Handled, attempt.Received);
    }

    internal async Task Audit(Attempt attempt)
    {
        await audit.Add(attempt.Context, attempt.Received, attempt.StartedAt);
        Moments.Reached(Moment.Audited, attempt.Received);
    }

    internal ValueTask<object> Mutate(object message, Attempt attempt) => mutators.IncomingMessage(message, attempt.Received.Headers, attempt.Services, attempt.Cancellation);

    /// <param name="alreadyHandled">True if a behavior says that the message needs no handler.</param>
    internal async Task Handle(object message, Attempt attempt, bool alreadyHandled)
    {
        var context = attempt.Context;
        context.Cause = context.Cause with { Message = message };
        var methods = catalog.For(message.GetType(), context.MessageHeaders.ContainsKey(Headers.IsSagaTimeoutMessage));
        if (methods.Length == 0 && !alreadyHandled)
        {
            throw new InvalidOperationException(
                $"No handler here handles {MessageProxies.ContractOf(message).FullName}. Add one to this endpoint, or send the message to the endpoint that has one.");
        }
        foreach (var method in methods)
        {
            if (context.Stopped) return;
            context.NextHandler();
            var handlingSince = time.GetUtcNow();
            using var activity = Tracing.Handle(method.HandlerType);
            try
            {
                await Call(method, message, attempt);
                activity?.SetStatus(ActivityStatusCode.Ok);
                meter.Handled(attempt.Received, method.HandlerType, time.GetUtcNow() - handlingSince, null);
            }
            catch (Exception failure)
            {
                activity?.Failed(failure);
                meter.Handled(attempt.Received, method.HandlerType, time.GetUtcNow() - handlingSince, failure);
                if (attempt.Work.Session.Lost(failure) is { } away) throw away;
                failure.Data["Message type"] = MessageProxies.ContractOf(message).FullName;
                failure.Data["Handler type"] = method.HandlerType.FullName;
                failure.Data["Handler start time"] = WireTime.Write(handlingSince);
                failure.Data["Handler failure time"] = WireTime.Write(time.GetUtcNow());
                failure.Data["Handler canceled"] = context.CancellationToken.IsCancellationRequested;
                throw;
            }
        }
    }

    IEnumerable<string> HandlersOf(Attempt attempt) =>
        attempt.Messages.SelectMany(message => catalog.For(message.GetType(), attempt.Received.Headers.ContainsKey(Headers.IsSagaTimeoutMessage))).Select(method => method.HandlerType.FullName!);

    async Task Call(HandlerMethod method, object message, Attempt attempt)
    {
        var handler = method.Create(attempt.Services, null);
        try
        {
            if (_stages.Invoking is { } stage)
            {
                using var invoking = new InvokeHandlerContext(attempt, types, method, handler, message);
                await stage(invoking);
            }
            else if (method.Saga is not null)
            {
                await CallSaga(method, handler, message, attempt, () => Call(method, method.Invoke(handler, message, attempt.Context)));
            }
            else
            {
                await Call(method, method.Invoke(handler, message, attempt.Context));
            }
        }
        finally
        {
            if (handler is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else (handler as IDisposable)?.Dispose();
        }
    }

    /// <param name="call">Calls it; not called if the message meets no instance.</param>
    internal static Task CallSaga(HandlerMethod method, object saga, object message, Attempt attempt, Func<Task> call) =>
        attempt.Sagas!.Handle(method, (Saga)saga, message, attempt.Context, attempt.Work, attempt.Services, call);

    internal static Task Call(HandlerMethod method, Task? handling) => handling
        ?? throw new InvalidOperationException($"{method.HandlerType.Name} returned no task. Return Task.CompletedTask where there is nothing to wait for.");

    async Task Tell(Attempt attempt)
    {
        var message = new IncomingMessage(attempt.Received.NativeId, attempt.Received.Headers, attempt.Received.Body);
        var notification = new ReceivePipelineCompleted(message, attempt.StartedAt, time.GetUtcNow());
        foreach (var subscriber in completed)
        {
            try
            {
                await subscriber(notification, attempt.Cancellation);
            }
            catch (Exception failure)
            {
                // Nothing can undo the message any more: it must not be handled again because somebody could not hear of it.
                LogNotTold(failure, attempt.MessageId);
            }
        }
    }

    /// <summary>The id that stays with the message across retries and copies; set from the transport's where the sender gave none.</summary>
    internal static string IdOf(ReceivedMessage message)
    {
        if (message.Headers.TryGetValue(Headers.MessageId, out var id) && id.Length > 0) return id;
        return message.Headers[Headers.MessageId] = message.NativeId;
    }

    /// <summary>When the message was sent, or was due.</summary>
    /// <exception cref="FormatException">A header holds a time of another form: to be known before the handlers run, and not after the commit.</exception>
    static DateTimeOffset? SentAt(ReceivedMessage message) =>
        (message.Headers.GetValueOrDefault(Headers.DeliverAt) ?? message.Headers.GetValueOrDefault(Headers.TimeSent)) is { } text ? WireTime.Read(text) : null;

    async Task Dispose(AsyncServiceScope scope)
    {
        try
        {
            await scope.DisposeAsync();
        }
        catch (Exception failure)
        {
            // The message may be committed by now: a service that can't be disposed must not have it handled again.
            LogNotDisposed(failure);
        }
    }

    [LoggerMessage(LogLevel.Information, "Message {MessageId} came again after it had been handled: its handlers were not called a second time")]
    partial void LogSeenBefore(string messageId);

    [LoggerMessage(LogLevel.Warning, "A behavior failed after message {MessageId} had been handled and committed; the message is not affected")]
    partial void LogFailedAfterwards(Exception failure, string messageId);

    [LoggerMessage(LogLevel.Warning, "Whoever wanted to know that message {MessageId} was processed failed to hear it; the message is not affected")]
    partial void LogNotTold(Exception failure, string messageId);

    [LoggerMessage(LogLevel.Warning, "A service of a handler failed when it was disposed; the message is not affected")]
    partial void LogNotDisposed(Exception failure);
}

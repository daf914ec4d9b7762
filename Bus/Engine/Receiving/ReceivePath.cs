using System.Diagnostics;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Mutation;
using Dovetail.Bus.Outbox;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Receiving;

/// <summary>What happens to a message from the queue to the commit: one attempt.</summary>
sealed partial class ReceivePath(
    ITransport transport, IStore store, OutboxDispatcher dispatcher, IReceiver receiver, HandlerCatalog catalog, IncomingMessages incoming, MutatorChain mutators, OutgoingMessages outgoing,
    AuditCopies audit, SagaLocks sagaLocks, EndpointMeter meter, IServiceProvider services, TimeProvider time, ILogger logger)
{
    public async Task Process(ReceivedMessage message, CancellationToken cancellation)
    {
        using var activity = Tracing.Receive(message);
        var scope = services.CreateAsyncScope();
        try
        {
            await Process(message, scope.ServiceProvider, cancellation);
            activity?.SetStatus(ActivityStatusCode.Ok);
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

    async Task Process(ReceivedMessage message, IServiceProvider scoped, CancellationToken cancellation)
    {
        var startedAt = time.GetUtcNow();
        var messageId = IdOf(message);
        Moments.Reached(Moment.Taken, message);

        // 1. Seen before? Then the work is done, and only step 6 may be missing.
        if (await Finish(message, cancellation)) return;
        Moments.Reached(Moment.FoundNew, message);

        // 2. Read. What can't be read now can't be read later either: that goes to the error queue without retries.
        //    This attempt works on headers of its own: what a failed one changed in them is forgotten.
        message = message with { Headers = new Dictionary<string, string>(message.Headers, StringComparer.Ordinal) };
        var sentAt = SentAt(message);
        var body = await mutators.IncomingBody(message.Body, message.Headers, scoped, cancellation);
        var messages = incoming.Read(message with { Body = body }, messageId);
        Moments.Reached(Moment.Read, message);

        // 3. Handle. No transaction yet: a handler may wait on a partner, and must hold no lock meanwhile.
        await using var session = store.OpenSession();
        scoped.GetRequiredService<StorageOfScope>().Enter(session);
        using var sagas = new SagaInstances(store, catalog, sagaLocks, time, logger);
        var work = new UnitOfWork(message, session);
        var context = new MessageHandlerContext(new Cause(messageId, message.Headers), work, outgoing, transport, scoped, cancellation);
        foreach (var each in messages) await Handle(each, context, sagas, work, scoped);
        context.Close();
        Moments.Reached(Moment.Handled, message);

        // 4. The audit copy joins the batch: what was handled is in the audit, and nothing else is.
        audit.Add(work, message, startedAt);
        Moments.Reached(Moment.Audited, message);

        // 5. Commit state, sagas and outgoing messages as one. From here on the message has been handled.
        if (work.Outgoing.Count > 0) Activity.Current?.Dispatches(work.Outgoing.Count);
        var committed = await store.Commit(work, cancellation);
        Moments.Reached(Moment.Committed, message);

        // 6. Dispatch what the commit could not put into queues itself, then let go of the message.
        //    A crash before this is repaired by step 1 when the message comes again, or by the sweeper if it never does.
        if (committed.ToDispatch.Count > 0) await dispatcher.Dispatch(messageId, committed.ToDispatch, cancellation);
        Moments.Reached(Moment.Dispatched, message);
        if (work.Outgoing.Count > 0) Activity.Current?.HasDispatched();
        if (!committed.IncomingSettled) await receiver.Settle(message, cancellation);
        Moments.Reached(Moment.Done, message);

        var now = time.GetUtcNow();
        meter.Succeeded(message, HandlersOf(messages, message), now - startedAt, now - sentAt);
    }

    async Task Handle(object message, MessageHandlerContext context, SagaInstances sagas, UnitOfWork work, IServiceProvider scoped)
    {
        message = await mutators.IncomingMessage(message, (Dictionary<string, string>)context.MessageHeaders, scoped, context.CancellationToken);
        context.Cause = context.Cause with { Message = message };
        var isTimeout = context.MessageHeaders.ContainsKey(Headers.IsSagaTimeoutMessage);
        var methods = catalog.For(message.GetType(), isTimeout);
        if (methods.Length == 0)
        {
            throw new InvalidOperationException(
                $"No handler here handles {MessageProxies.ContractOf(message).FullName}. Add one to this endpoint, or send the message to the endpoint that has one.");
        }
        foreach (var method in methods)
        {
            if (context.Stopped) return;
            var handlingSince = time.GetUtcNow();
            using var activity = Tracing.Handle(method.HandlerType);
            try
            {
                if (method.Saga is not null) await sagas.Handle(method, message, context, work, scoped);
                else await HandlePlain(method, message, context, scoped);
                activity?.SetStatus(ActivityStatusCode.Ok);
                meter.Handled(work.Incoming!, method.HandlerType, time.GetUtcNow() - handlingSince, null);
            }
            catch (Exception failure)
            {
                activity?.Failed(failure);
                meter.Handled(work.Incoming!, method.HandlerType, time.GetUtcNow() - handlingSince, failure);
                failure.Data["Message type"] = MessageProxies.ContractOf(message).FullName;
                failure.Data["Handler type"] = method.HandlerType.FullName;
                failure.Data["Handler start time"] = WireTime.Write(handlingSince);
                failure.Data["Handler failure time"] = WireTime.Write(time.GetUtcNow());
                failure.Data["Handler canceled"] = context.CancellationToken.IsCancellationRequested;
                throw;
            }
        }
    }

    IEnumerable<string> HandlersOf(IReadOnlyList<object> messages, ReceivedMessage received) =>
        messages.SelectMany(message => catalog.For(message.GetType(), received.Headers.ContainsKey(Headers.IsSagaTimeoutMessage))).Select(method => method.HandlerType.FullName!);

    static async Task HandlePlain(HandlerMethod method, object message, MessageHandlerContext context, IServiceProvider scoped)
    {
        var handler = method.Create(scoped, null);
        try
        {
            await (method.Invoke(handler, message, context)
                ?? throw new InvalidOperationException($"{method.HandlerType.Name} returned no task. Return Task.CompletedTask where there is nothing to wait for."));
        }
        finally
        {
            if (handler is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else (handler as IDisposable)?.Dispose();
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

    [LoggerMessage(LogLevel.Warning, "A service of a handler failed when it was disposed; the message is not affected")]
    partial void LogNotDisposed(Exception failure);
}

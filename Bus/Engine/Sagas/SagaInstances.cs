using System.Diagnostics;
using System.Globalization;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Extensibility;

namespace Dovetail.Bus.Sagas;

/// <summary>The sagas that one message meets: finds or begins each, lets it handle the message, and notes what must be saved.</summary>
/// <param name="audits">Null where nobody wants to hear of changes.</param>
sealed partial class SagaInstances(IStore store, HandlerCatalog catalog, SagaLocks locks, SagaAudits? audits, TimeProvider time, ILogger logger) : IDisposable
{
    const int MostSearches = 3;

    // Made when a message meets a saga: most meet none.
    Dictionary<(SagaDefinition, SagaKey), IDisposable>? _held;
    HashSet<(SagaDefinition, object Message)>? _notFound;
    Dictionary<(SagaDefinition, object Message), SagaKey>? _begunBesideFinder;

    Dictionary<(SagaDefinition, SagaKey), SagaChange> Found => field ??= [];

    // One for all methods that the message meets, whichever bag each of them is given.
    SagaTimeouts Timeouts => field ??= new();

    /// <param name="call">Calls the saga; not called if the message meets no instance.</param>
    public async Task Handle(HandlerMethod method, Saga instance, object message, MessageHandlerContext context, UnitOfWork work, IServiceProvider services, Func<Task> call)
    {
        var saga = method.Saga!;
        var headers = context.MessageHeaders;
        // A published event that replies to no saga still carries the publisher's ids: they name nobody here.
        var mayName = headers.GetValueOrDefault(Headers.MessageIntent) != nameof(MessageIntent.Publish);
        var namedType = mayName ? headers.GetValueOrDefault(Headers.SagaType) : null;
        var namedId = mayName ? headers.GetValueOrDefault(Headers.SagaId) : null;
        if (!string.IsNullOrEmpty(namedType) && !string.IsNullOrEmpty(namedId) && IsOtherSaga(namedType, saga, context.MessageId)) return;

        var key = string.IsNullOrEmpty(namedId) ? await KeyOf(saga, message, context, work, services) : new SagaKey.ById(Guid.Parse(namedId));
        var change = key is null ? null : await Find(saga, key, context.CancellationToken);
        if (change is null)
        {
            var startsHere = !method.IsTimeout && saga.MayStart(message.GetType())
                && (string.IsNullOrEmpty(namedId) || namedType?.StartsWith(saga.SagaType.FullName!, StringComparison.Ordinal) != true);
            if (!startsHere)
            {
                await NotFound(method, message, context, services);
                return;
            }
            change = Begin(saga, message, context);
        }

        if (method.IsTimeout && await IsCancelled(saga, change.Data.Id, context, work)) return;

        var (id, correlation) = (change.Data.Id, saga.Correlation?.GetValue(change.Data));
        // Where the saga finds it whichever context it is called with: behaviors around it pass on their stage's.
        (context.Stage ?? context.Extensions).Set(Timeouts);
        var trail = audits is null ? null : new SagaTrail(time.GetUtcNow());
        change = await Invoke(instance, context, change, trail, call);
        work.Cancel(Timeouts);
        Check(saga, change, id, correlation);
        if (trail is not null) audits!.Add(change, trail, Timeouts, message, context, work);

        work.Sagas.RemoveAll(earlier => earlier.Saga == saga && earlier.Data.Id == id);
        work.Sagas.Add(change);
        Found[(saga, new SagaKey.ById(id))] = change;
        if (key is null) (_begunBesideFinder ??= new(ByReference.Instance))[(saga, message)] = new SagaKey.ById(id);
        else Found[(saga, key)] = change;
    }

    public void Dispose()
    {
        if (_held is null) return;
        foreach (var held in _held.Values) held.Dispose();
    }

    /// <summary>True if the saga has taken the timeout back. If not, its row goes with this message.</summary>
    async Task<bool> IsCancelled(SagaDefinition saga, Guid sagaId, MessageHandlerContext context, UnitOfWork work)
    {
        if (PendingTimeout.IdIn(context.MessageHeaders) is not { } timeoutId) return false;
        // Looked up after the saga: whoever takes it back from here on changes the saga, and this message's commit finds the conflict.
        if (await store.IsPending(sagaId, timeoutId, context.CancellationToken))
        {
            work.Timeouts.Add(new TimeoutChange.Rung(sagaId, timeoutId));
            return false;
        }
        BusMeter.TimeoutCancelled(saga.Name);
        LogCancelled(context.MessageId, saga.Name, sagaId);
        return true;
    }

    /// <summary>By what the instance is looked up; null if a finder says that there is none.</summary>
    async Task<SagaKey?> KeyOf(SagaDefinition saga, object message, MessageHandlerContext context, UnitOfWork work, IServiceProvider services)
    {
        switch (saga.LookupOf(message.GetType()))
        {
            case SagaLookup.ByValue { Read: var read }:
                var value = read(message, context.MessageHeaders);
                return saga.MapsId ? new SagaKey.ById((Guid)value) : new SagaKey.ByCorrelation(value);
            case SagaLookup.ByFinder { Finder: var finder }:
                // One message meets one instance, however many methods of the saga it meets: the one that the first of them began too.
                return _begunBesideFinder?.GetValueOrDefault((saga, message)) ?? await Search(saga, finder, message, context, work, services);
            default:
                throw new InvalidOperationException(
                    $"{saga.Name} handles {MessageProxies.ContractOf(message).Name}, but the message names no saga and there is no mapping for it. Add in ConfigureHowToFindSaga: mapper.MapSaga(state => state.SomeId).ToMessage<{MessageProxies.ContractOf(message).Name}>(message => message.SomeId).");
        }
    }

    /// <summary>Asks a finder until the instance that it names is held here, in the very state by which it was chosen.</summary>
    async Task<SagaKey?> Search(SagaDefinition saga, SagaFinder finder, object message, MessageHandlerContext context, UnitOfWork work, IServiceProvider services)
    {
        SagaKey.ById? key = null;
        for (var search = 1; search <= MostSearches; search++)
        {
            var seen = new SagaSearch(saga);
            var bag = new ContextBag(context.Extensions);
            bag.Set(seen);
            var data = await finder.Find(message, work.Session, bag, services, context.CancellationToken);
            // Whoever holds one instance must not wait for another: two that do would wait for each other for ever.
            if (key is not null && data?.Id != key.Id) break;
            if (data is null) return null;

            key = new SagaKey.ById(data.Id);
            if (Found.ContainsKey((saga, key))) return key;
            await Hold(saga, key, context.CancellationToken);
            var record = await store.FindSaga(saga, key, context.CancellationToken);
            if (!seen.StillHolds(data.Id, record)) continue;
            if (record is not null) Found[(saga, key)] = new SagaChange(saga, record.Data, record.Concurrency, Completed: false);
            return key;
        }
        throw new SagaConflictException(saga.Name, key!.Id);
    }

    bool IsOtherSaga(string namedType, SagaDefinition saga, string messageId)
    {
        var type = MessageTypes.TryLoad(namedType);
        if (type is not null && catalog.HasSaga(type)) return type != saga.SagaType;
        LogUnknownSaga(messageId, namedType, saga.Name);
        return false;
    }

    async Task<SagaChange?> Find(SagaDefinition saga, SagaKey key, CancellationToken cancellation)
    {
        if (Found.TryGetValue((saga, key), out var found)) return found;
        await Hold(saga, key, cancellation);
        if (await store.FindSaga(saga, key, cancellation) is not { } record) return null;
        return Found.GetValueOrDefault((saga, new SagaKey.ById(record.Data.Id))) ?? new SagaChange(saga, record.Data, record.Concurrency, Completed: false);
    }

    async Task Hold(SagaDefinition saga, SagaKey key, CancellationToken cancellation)
    {
        // Once: a second method of the saga would wait for the first.
        _held ??= [];
        if (!_held.ContainsKey((saga, key))) _held.Add((saga, key), await locks.Enter(saga.Name, NameOf(key), cancellation));
    }

    SagaChange Begin(SagaDefinition saga, object message, MessageHandlerContext context)
    {
        var data = (IContainSagaData)Activator.CreateInstance(saga.DataType)!;
        data.Id = CombGuid.New(time.GetUtcNow());
        data.OriginalMessageId = context.MessageId;
        data.Originator = context.ReplyToAddress;
        if (saga.LookupOf(message.GetType()) is SagaLookup.ByValue { Read: var read })
        {
            var value = read(message, context.MessageHeaders);
            if (saga.MapsId) data.Id = (Guid)value;
            else saga.Correlation!.SetValue(data, value);
        }
        return new SagaChange(saga, data, ReadAt: null, Completed: false);
    }

    static async Task<SagaChange> Invoke(Saga instance, MessageHandlerContext context, SagaChange change, SagaTrail? trail, Func<Task> call)
    {
        instance.Entity = change.Data;
        context.Cause = context.Cause with { SagaId = change.Data.Id, SagaType = change.Saga.SagaType.AssemblyQualifiedName, Trail = trail };
        if (Tracing.IsOn) Activity.Current?.SetTag("nservicebus.handler.saga_id", change.Data.Id.ToString());
        try
        {
            await call();
            return change with { Data = instance.Entity, Completed = change.Completed || instance.Completed };
        }
        finally
        {
            context.Cause = context.Cause with { SagaId = null, SagaType = null, Trail = null };
        }
    }

    static void Check(SagaDefinition saga, SagaChange change, Guid id, object? correlation)
    {
        if (change.Data.Id != id) throw new InvalidOperationException($"{saga.Name} changed its Id from {id} to {change.Data.Id}. Leave the Id alone: the instance is stored under it.");
        if (change.Completed || saga.Correlation is not { } property) return;

        var now = property.GetValue(change.Data)
            ?? throw new InvalidOperationException($"{saga.Name} {id} has no {property.Name}, by which its messages find it. Set it when the saga begins, and leave it.");
        var mayBeSet = change.ReadAt is null && (correlation is null || correlation.Equals(saga.NoCorrelation));
        if (!mayBeSet && !Equals(now, correlation))
            throw new InvalidOperationException($"{saga.Name} {id} changed {property.Name}, by which its messages find it, from '{correlation}' to '{now}'. Leave it as it was when the saga began.");
    }

    async Task NotFound(HandlerMethod method, object message, MessageHandlerContext context, IServiceProvider services)
    {
        if (!(_notFound ??= new(ByReference.Instance)).Add((method.Saga!, message))) return;
        BusMeter.SagaNotFound(method.HandlerType.Name);
        LogNotFound(method.HandlerType.Name, MessageProxies.ContractOf(message).Name, context.MessageId);
        if (method.IsTimeout || method.Saga!.NotFoundHandler is not { } handlerType) return;
        var handler = (ISagaNotFoundHandler)ActivatorUtilities.CreateInstance(services, handlerType);
        try
        {
            await (handler.Handle(message, context)
                ?? throw new InvalidOperationException($"{handlerType.Name} returned no task. Return Task.CompletedTask where there is nothing to wait for."));
        }
        finally
        {
            if (handler is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else (handler as IDisposable)?.Dispose();
        }
    }

    static string NameOf(SagaKey key) => key switch
    {
        SagaKey.ById { Id: var id } => id.ToString(),
        SagaKey.ByCorrelation { Value: var value } => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => throw new InvalidOperationException($"A saga can't be looked up by {key}."),
    };

    [LoggerMessage(LogLevel.Information, "No {Saga} was found for {MessageType} {MessageId}: it has ended, or never began. The message counts as handled")]
    partial void LogNotFound(string saga, string messageType, string messageId);

    [LoggerMessage(LogLevel.Information, "Timeout {MessageId} of {Saga} {SagaId} was taken back before it rang. The message counts as handled")]
    partial void LogCancelled(string messageId, string saga, Guid sagaId);

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} names a saga '{NamedSaga}', which this endpoint does not have; {Saga} handles it as if it were meant")]
    partial void LogUnknownSaga(string messageId, string namedSaga, string saga);

    /// <summary>Two messages of equal content are two messages.</summary>
    sealed class ByReference : IEqualityComparer<(SagaDefinition Saga, object Message)>
    {
        public static readonly ByReference Instance = new();

        public bool Equals((SagaDefinition Saga, object Message) one, (SagaDefinition Saga, object Message) other) => one.Saga == other.Saga && ReferenceEquals(one.Message, other.Message);

        public int GetHashCode((SagaDefinition Saga, object Message) each) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(each.Message);
    }
}

using System.Globalization;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Sagas;

/// <summary>The sagas that one message meets: finds or begins each, lets it handle the message, and notes what must be saved.</summary>
sealed partial class SagaInstances(IStore store, HandlerCatalog catalog, SagaLocks locks, TimeProvider time, ILogger logger) : IDisposable
{
    readonly List<IDisposable> _held = [];
    readonly Dictionary<(SagaDefinition, string), SagaChange> _found = [];

    public async Task Handle(HandlerMethod method, object message, MessageHandlerContext context, UnitOfWork work, IServiceProvider services)
    {
        var saga = method.Saga!;
        var headers = context.MessageHeaders;
        // A published event that replies to no saga still carries the publisher's ids: they name nobody here.
        var mayName = headers.GetValueOrDefault(Headers.MessageIntent) != nameof(MessageIntent.Publish);
        var namedType = mayName ? headers.GetValueOrDefault(Headers.SagaType) : null;
        var namedId = mayName ? headers.GetValueOrDefault(Headers.SagaId) : null;
        if (!string.IsNullOrEmpty(namedType) && !string.IsNullOrEmpty(namedId) && IsOtherSaga(namedType, saga)) return;

        var (key, value) = KeyOf(saga, message, headers, namedId);
        var change = await Find(saga, key, context.CancellationToken);
        if (change is null)
        {
            var startsHere = saga.MayStart(message.GetType())
                && (string.IsNullOrEmpty(namedId) || namedType?.StartsWith(saga.SagaType.FullName!, StringComparison.Ordinal) != true);
            if (!startsHere)
            {
                await NotFound(method, message, context, services);
                return;
            }
            if (value is null) saga.TryLookup(message, headers, out value);
            change = Begin(saga, value, context);
        }

        var instance = (Saga)method.Create(services, null);
        instance.Entity = change.Data;
        var id = change.Data.Id;
        context.Cause = context.Cause with { SagaId = id, SagaType = saga.SagaType.AssemblyQualifiedName };
        try
        {
            await (method.Invoke(instance, message, context)
                ?? throw new InvalidOperationException($"{saga.Name} returned no task. Return Task.CompletedTask where there is nothing to wait for."));
        }
        finally
        {
            context.Cause = context.Cause with { SagaId = null, SagaType = null };
            if (instance is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else (instance as IDisposable)?.Dispose();
        }
        Keep(saga, key, change with { Completed = change.Completed || instance.Completed }, id, value, work);
    }

    public void Dispose()
    {
        foreach (var held in _held) held.Dispose();
    }

    static (SagaKey Key, object? Value) KeyOf(SagaDefinition saga, object message, IReadOnlyDictionary<string, string> headers, string? namedId)
    {
        if (!string.IsNullOrEmpty(namedId)) return (new SagaKey.ById(Guid.Parse(namedId)), null);
        if (!saga.TryLookup(message, headers, out var value))
        {
            throw new InvalidOperationException(
                $"{saga.Name} handles {message.GetType().Name}, but the message names no saga and there is no mapping for it. Add in ConfigureHowToFindSaga: mapper.MapSaga(state => state.SomeId).ToMessage<{message.GetType().Name}>(message => message.SomeId).");
        }
        return (new SagaKey.ByCorrelation(value!), value);
    }

    bool IsOtherSaga(string namedType, SagaDefinition saga) =>
        MessageTypes.TryLoad(namedType) is { } type && type != saga.SagaType && catalog.HasSaga(type);

    async Task<SagaChange?> Find(SagaDefinition saga, SagaKey key, CancellationToken cancellation)
    {
        var name = NameOf(key);
        if (_found.TryGetValue((saga, name), out var found)) return found;
        _held.Add(await locks.Enter(saga.Name, name, cancellation));
        return await store.FindSaga(saga, key, cancellation) is { } record ? new SagaChange(saga, record.Data, record.Concurrency, Completed: false) : null;
    }

    SagaChange Begin(SagaDefinition saga, object? correlation, MessageHandlerContext context)
    {
        var data = (IContainSagaData)Activator.CreateInstance(saga.DataType)!;
        data.Id = CombGuid.New(time.GetUtcNow());
        data.OriginalMessageId = context.MessageId;
        data.Originator = context.ReplyToAddress;
        if (correlation is not null) saga.Correlation!.SetValue(data, correlation);
        return new SagaChange(saga, data, ReadAt: null, Completed: false);
    }

    void Keep(SagaDefinition saga, SagaKey key, SagaChange change, Guid id, object? correlation, UnitOfWork work)
    {
        if (change.Data.Id != id) throw new InvalidOperationException($"{saga.Name} changed its Id from {id} to {change.Data.Id}. Leave the Id alone: the instance is stored under it.");
        if (change.ReadAt is null && correlation is not null && !Equals(saga.Correlation!.GetValue(change.Data), correlation))
            throw new InvalidOperationException($"{saga.Name} {id} changed {saga.Correlation.Name}, by which its messages find it. Leave it as it was when the saga began.");

        work.Sagas.RemoveAll(earlier => earlier.Data.Id == id);
        work.Sagas.Add(change);
        _found[(saga, NameOf(key))] = change;
    }

    async Task NotFound(HandlerMethod method, object message, MessageHandlerContext context, IServiceProvider services)
    {
        BusMeter.SagaNotFound(method.HandlerType.Name);
        LogNotFound(method.HandlerType.Name, message.GetType().Name, context.MessageId);
        if (method.IsTimeout || method.Saga!.NotFoundHandler is not { } handlerType) return;
        var handler = ActivatorUtilities.CreateInstance(services, handlerType);
        await ((ISagaNotFoundHandler)handler).Handle(message, context);
        if (handler is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else (handler as IDisposable)?.Dispose();
    }

    static string NameOf(SagaKey key) => key switch
    {
        SagaKey.ById { Id: var id } => id.ToString(),
        SagaKey.ByCorrelation { Value: var value } => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => throw new InvalidOperationException($"A saga can't be looked up by {key}."),
    };

    [LoggerMessage(LogLevel.Information, "No {Saga} was found for {MessageType} {MessageId}: it has ended, or never began. The message counts as handled")]
    partial void LogNotFound(string saga, string messageType, string messageId);
}

using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Sagas;

namespace Dovetail.Bus.Sagas;

/// <summary>A finder class of the application, ready to be asked.</summary>
sealed class SagaFinder
{
    readonly ObjectFactory _create;
    readonly Func<object, object, ISynchronizedStorageSession, IReadOnlyContextBag, CancellationToken, Task<IContainSagaData?>> _find;

    SagaFinder(ObjectFactory create, Func<object, object, ISynchronizedStorageSession, IReadOnlyContextBag, CancellationToken, Task<IContainSagaData?>> find)
    {
        _create = create;
        _find = find;
    }

    public static SagaFinder Of<TSagaData, TMessage, TFinder>() where TSagaData : IContainSagaData where TFinder : ISagaFinder<TSagaData, TMessage> => new(
        ActivatorUtilities.CreateFactory(typeof(TFinder), Type.EmptyTypes),
        async (finder, message, session, context, cancellation) => await (((TFinder)finder).FindBy((TMessage)message, session, context, cancellation)
            ?? throw new InvalidOperationException($"{typeof(TFinder).Name} returned no task. Return Task.FromResult where there is nothing to wait for.")));

    public async Task<IContainSagaData?> Find(object message, ISynchronizedStorageSession session, IReadOnlyContextBag context, IServiceProvider services, CancellationToken cancellation)
    {
        var finder = _create(services, null);
        try
        {
            return await _find(finder, message, session, context, cancellation);
        }
        finally
        {
            if (finder is IAsyncDisposable disposable) await disposable.DisposeAsync();
            else (finder as IDisposable)?.Dispose();
        }
    }
}

/// <summary>One finder's search: what the store needs to serve it, and which versions it was shown.</summary>
/// <remarks>Travels in the finder's context, whence the store's extensions take it.</remarks>
sealed class SagaSearch(SagaDefinition saga)
{
    readonly Dictionary<Guid, int> _shown = [];

    public SagaDefinition Saga => saga;

    /// <summary>The search of the finder whose context this is, for state of this class.</summary>
    /// <exception cref="InvalidOperationException">The context is no finder's, or the finder's saga has other state.</exception>
    public static SagaSearch Of<TSagaData>(IReadOnlyContextBag context)
    {
        if (!context.TryGet<SagaSearch>(out var search))
            throw new InvalidOperationException($"{typeof(TSagaData).Name} is looked up outside a saga finder. Pass on the context that FindBy was given.");
        if (search.Saga.DataType != typeof(TSagaData))
            throw new InvalidOperationException($"A finder of {search.Saga.Name}, whose state is {search.Saga.DataType.Name}, looks up {typeof(TSagaData).Name}. Look up the saga's own state only.");
        return search;
    }

    public IContainSagaData Show(SagaRecord record)
    {
        _shown[record.Data.Id] = record.Concurrency;
        return record.Data;
    }

    /// <summary>False if the finder chose by a state that the instance no longer has.</summary>
    public bool StillHolds(Guid id, SagaRecord? record) => !_shown.TryGetValue(id, out var version) || record?.Concurrency == version;
}

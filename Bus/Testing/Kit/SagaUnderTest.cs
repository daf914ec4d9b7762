using Dovetail.Bus.Handlers;
using Dovetail.Bus.Sagas;
using NServiceBus;
using NServiceBus.Testing;

namespace Dovetail.Bus.Testing.Kit;

/// <summary>Finds or begins the instance that a message belongs to, calls the saga and keeps its state: what the engine does, without store and transport.</summary>
sealed class SagaUnderTest<TSaga, TSagaData> where TSaga : Saga<TSagaData> where TSagaData : class, IContainSagaData, new()
{
    readonly Func<TSaga> _create;
    readonly SagaDefinition _definition = SagaDefinition.Of(typeof(TSaga));
    readonly HandlerCatalog _methods;
    readonly SagaStates<TSagaData> _states = new();

    public SagaUnderTest(Func<TSaga> create)
    {
        if (_definition.Correlation is null)
            throw new NotSupportedException($"{_definition.Name} is found by its id or by finders alone. The kit finds instances by the property that MapSaga names: test this saga in the twin.");
        _create = create;
        _methods = new HandlerCatalog([], [_definition]);
    }

    public bool Handles(object message) => _methods.For(message.GetType(), isTimeout: false).Length > 0;

    /// <returns>Null if the message belongs to an instance that has ended, or to another saga.</returns>
    public async Task<(TSagaData Data, bool Completed)?> Handle(object message, IReadOnlyDictionary<string, string> headers, TestableMessageHandlerContext context)
    {
        var isTimeout = headers.ContainsKey(Headers.IsSagaTimeoutMessage);
        var methods = _methods.For(message.GetType(), isTimeout);
        if (methods.Length == 0)
        {
            throw new InvalidOperationException(
                $"{_definition.Name} does not handle {message.GetType().Name}{(isTimeout ? " as a timeout" : "")}. Implement {(isTimeout ? "IHandleTimeouts" : "IHandleMessages")}<{message.GetType().Name}>, or do not give it to this saga.");
        }
        if (Find(message, headers, context) is not { } data) return null;

        var (id, correlation) = (data.Id, Correlation(data));
        var completed = false;
        foreach (var method in methods)
        {
            var saga = _create();
            saga.Data = data;
            await (method.Invoke(saga, message, context)
                ?? throw new InvalidOperationException($"{_definition.Name} returned no task for {message.GetType().Name}. Return Task.CompletedTask where there is nothing to wait for."));
            completed |= saga.Completed;
            if (context.HandlerInvocationAborted) break;
        }
        Keep(data, id, correlation, completed);
        return (data, completed);
    }

    TSagaData? Find(object message, IReadOnlyDictionary<string, string> headers, TestableMessageHandlerContext context)
    {
        // A published event still carries the ids of a saga that published it: they name nobody here.
        if (headers.GetValueOrDefault(Headers.MessageIntent) != nameof(MessageIntent.Publish) && headers.GetValueOrDefault(Headers.SagaId) is { Length: > 0 } named)
            return IsForOtherSaga(headers) ? null : _states.Find(Guid.Parse(named));

        var value = _definition.LookupOf(message.GetType()) switch
        {
            SagaLookup.ByValue { Read: var read } => read(message, headers),
            SagaLookup.ByFinder => throw new NotSupportedException($"{_definition.Name} finds {message.GetType().Name} by a finder, which needs a store. Test this message in the twin."),
            _ => throw new InvalidOperationException(
                $"{_definition.Name} handles {message.GetType().Name}, but the message names no saga and there is no mapping for it. Add it in ConfigureHowToFindSaga, or hand the message over with HandleReply and the saga's id."),
        };
        if (_states.FindBy(value) is { } running) return running;
        if (_definition.MayStart(message.GetType())) return Begin(value, headers, context);
        throw new InvalidOperationException(
            $"No {_definition.Name} with {_definition.Correlation!.Name} '{value}' is running, and {message.GetType().Name} may not begin one. Have the saga handle the message that begins it first, or implement IAmStartedByMessages<{message.GetType().Name}>.");
    }

    TSagaData Begin(object correlation, IReadOnlyDictionary<string, string> headers, TestableMessageHandlerContext context)
    {
        var data = new TSagaData
        {
            Id = Guid.NewGuid(),
            OriginalMessageId = headers.GetValueOrDefault(Headers.MessageId) ?? context.MessageId,
            Originator = headers.GetValueOrDefault(Headers.ReplyToAddress) ?? context.ReplyToAddress,
        };
        _definition.Correlation!.SetValue(data, correlation);
        return data;
    }

    void Keep(TSagaData data, Guid id, object? correlation, bool completed)
    {
        if (data.Id != id)
            throw new InvalidOperationException($"{_definition.Name} changed its Id from {id} to {data.Id}. Leave the Id alone: the instance is stored under it.");
        if (!Equals(Correlation(data), correlation))
            throw new InvalidOperationException($"{_definition.Name} {id} changed {_definition.Correlation!.Name} from '{correlation}' to '{Correlation(data)}'. Leave it as it was when the saga began: its messages find it by this.");
        if (completed) _states.Forget(id);
        else _states.Keep(data, correlation!);
    }

    object? Correlation(TSagaData data) => _definition.Correlation!.GetValue(data);

    static bool IsForOtherSaga(IReadOnlyDictionary<string, string> headers) =>
        headers.GetValueOrDefault(Headers.SagaType) is { Length: > 0 } name && Type.GetType(name, throwOnError: false) is { } type && type != typeof(TSaga);
}

using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using NServiceBus;

namespace Dovetail.Bus.Sagas;

/// <summary>What a saga class declares: its state, its messages, and how each finds its instance.</summary>
sealed class SagaDefinition : IConfigureHowToFindSagaWithMessage, IConfigureHowToFindSagaWithMessageHeaders, IConfigureSagaNotFoundHandler
{
    static readonly Type[] CorrelationTypes = [typeof(Guid), typeof(string), typeof(long), typeof(ulong), typeof(int), typeof(uint), typeof(short), typeof(ushort)];

    readonly Dictionary<Type, Func<object, IReadOnlyDictionary<string, string>, object?>> _lookups = [];

    SagaDefinition(Type sagaType, Type dataType)
    {
        SagaType = sagaType;
        DataType = dataType;
    }

    public Type SagaType { get; }

    public Type DataType { get; }

    public string Name => SagaType.Name;

    /// <summary>The property that makes an instance unique; null if every message finds it by header id alone.</summary>
    public PropertyInfo? Correlation { get; private set; }

    public Type? NotFoundHandler { get; private set; }

    public HashSet<Type> StartedBy { get; } = [];

    public HashSet<Type> Handles { get; } = [];

    public HashSet<Type> Timeouts { get; } = [];

    /// <exception cref="InvalidOperationException">The saga can't work as it is declared.</exception>
    public static SagaDefinition Of(Type sagaType)
    {
        var definition = new SagaDefinition(sagaType, DataTypeOf(sagaType));
        foreach (var contract in sagaType.GetInterfaces().Where(type => type.IsGenericType))
        {
            var set = contract.GetGenericTypeDefinition() switch
            {
                var type when type == typeof(IAmStartedByMessages<>) => definition.StartedBy,
                var type when type == typeof(IHandleMessages<>) => definition.Handles,
                var type when type == typeof(IHandleTimeouts<>) => definition.Timeouts,
                _ => null,
            };
            set?.Add(contract.GetGenericArguments()[0]);
        }
        definition.Validated();
        return definition;
    }

    public bool MayStart(Type messageType) => StartedBy.Any(start => start.IsAssignableFrom(messageType));

    /// <summary>The value by which this message finds its instance.</summary>
    /// <returns>False if the saga has no mapping for the message.</returns>
    public bool TryLookup(object message, IReadOnlyDictionary<string, string> headers, out object? value)
    {
        value = null;
        var mapped = MappedType(message.GetType());
        if (mapped is null) return false;
        value = _lookups[mapped](message, headers);
        return true;
    }

    void IConfigureHowToFindSagaWithMessage.ConfigureMapping<TSagaEntity, TMessage>(
        Expression<Func<TSagaEntity, object?>> sagaEntityProperty, Expression<Func<TMessage, object?>> messageProperty)
    {
        var property = Correlate(sagaEntityProperty);
        var read = messageProperty.Compile();
        var readType = Unwrapped(messageProperty.Body).Type;
        if (readType != property.PropertyType)
        {
            throw new InvalidOperationException(
                $"{Name} finds {typeof(TMessage).Name} by a {readType.Name}, but {property.Name} of its state is a {property.PropertyType.Name}. Give both the same type.");
        }
        Map<TMessage>((message, _) => read((TMessage)message) ?? throw new InvalidOperationException(
            $"{typeof(TMessage).Name} holds no value by which {Name} could be found. Set the property that its mapping names."));
    }

    void IConfigureHowToFindSagaWithMessageHeaders.ConfigureMapping<TSagaEntity, TMessage>(Expression<Func<TSagaEntity, object?>> sagaEntityProperty, string headerName)
    {
        var property = Correlate(sagaEntityProperty);
        Map<TMessage>((_, headers) => headers.TryGetValue(headerName, out var text)
            ? HeaderValue.Parse(text, property.PropertyType, headerName)
            : throw new InvalidOperationException($"{typeof(TMessage).Name} came without header '{headerName}', by which {Name} would be found. Set it where the message is sent."));
    }

    void IConfigureSagaNotFoundHandler.ConfigureSagaNotFoundHandler<TNotFoundHandler>() => NotFoundHandler = NotFoundHandler is null
        ? typeof(TNotFoundHandler)
        : throw new InvalidOperationException($"{Name} names two handlers for messages without an instance. Keep one.");

    static Type DataTypeOf(Type sagaType)
    {
        for (var type = sagaType; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Saga<>)) return type.GetGenericArguments()[0];
        }
        throw new InvalidOperationException($"{sagaType.Name} has no state. Derive it from Saga<TData>.");
    }

    Type? MappedType(Type messageType)
    {
        for (var type = messageType; type is not null; type = type.BaseType)
        {
            if (_lookups.ContainsKey(type)) return type;
        }
        return messageType.GetInterfaces().FirstOrDefault(_lookups.ContainsKey);
    }

    void Map<TMessage>(Func<object, IReadOnlyDictionary<string, string>, object?> lookup)
    {
        if (!Handles.Any(type => type.IsAssignableFrom(typeof(TMessage)) || typeof(TMessage).IsAssignableFrom(type)))
            throw new InvalidOperationException($"{Name} maps {typeof(TMessage).Name}, which it does not handle. Implement IHandleMessages<{typeof(TMessage).Name}>, or remove the mapping.");
        if (!_lookups.TryAdd(typeof(TMessage), lookup))
            throw new ArgumentException($"{Name} maps {typeof(TMessage).Name} twice. Keep one mapping.");
    }

    PropertyInfo Correlate(LambdaExpression expression)
    {
        if (Unwrapped(expression.Body) is not MemberExpression { Member: PropertyInfo property })
            throw new InvalidOperationException($"{Name} maps '{expression.Body}', which is no property of its state. Write MapSaga(state => state.SomeId).");
        if (!CorrelationTypes.Contains(property.PropertyType))
        {
            throw new InvalidOperationException(
                $"{Name} is found by {property.Name} of type {property.PropertyType.Name}. Use a Guid, a string or an integer, whose values compare the same everywhere.");
        }
        if (Correlation is not null && Correlation.Name != property.Name)
            throw new InvalidOperationException($"{Name} is found by {Correlation.Name} and by {property.Name}. Choose one property.");
        return Correlation = property;
    }

    static Expression Unwrapped(Expression expression) => expression is UnaryExpression { NodeType: ExpressionType.Convert } convert ? convert.Operand : expression;

    void Validated()
    {
        if (StartedBy.Count == 0)
            throw new InvalidOperationException($"Nothing starts {Name}. Implement IAmStartedByMessages<T> for the message that begins the process.");
        ((Saga)RuntimeHelpers.GetUninitializedObject(SagaType)).ConfigureHowToFindSaga(this);
        foreach (var start in StartedBy.Where(type => MappedType(type) is null))
        {
            throw new InvalidOperationException(
                $"{Name} is started by {start.Name}, but does not say how that finds its instance. Add in ConfigureHowToFindSaga: mapper.MapSaga(state => state.SomeId).ToMessage<{start.Name}>(message => message.SomeId).");
        }
    }
}

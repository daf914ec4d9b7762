using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Dovetail.Bus.Messages;
using NServiceBus;

namespace Dovetail.Bus.Sagas;

/// <summary>What a saga class declares: its state, its messages, and how each finds its instance.</summary>
sealed class SagaDefinition :
    IConfigureHowToFindSagaWithMessage, IConfigureHowToFindSagaWithMessageHeaders, IConfigureHowToFindSagaWithFinder, IConfigureSagaNotFoundHandler
{
    static readonly Type[] CorrelationTypes = [typeof(Guid), typeof(string), typeof(long), typeof(ulong), typeof(int), typeof(uint), typeof(short), typeof(ushort)];

    readonly Dictionary<Type, SagaLookup> _lookups = [];
    PropertyInfo? _mapped;

    SagaDefinition(Type sagaType, Type dataType)
    {
        SagaType = sagaType;
        DataType = dataType;
    }

    public Type SagaType { get; }

    public Type DataType { get; }

    public string Name => SagaType.Name;

    /// <summary>The property that makes an instance unique; null if messages find it by its id or by finders alone.</summary>
    public PropertyInfo? Correlation => MapsId ? null : _mapped;

    /// <summary>True if messages name instances by the id under which they are stored.</summary>
    public bool MapsId => _mapped?.Name.Equals(nameof(IContainSagaData.Id), StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What <see cref="Correlation"/> holds before anybody set it.</summary>
    public object? NoCorrelation { get; private set; }

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

    /// <summary>How messages of this type find their instance: by their own mapping, or by that of a type they derive from; null if there is none.</summary>
    public SagaLookup? LookupOf(Type messageType)
    {
        messageType = MessageProxies.ContractOf(messageType);
        for (var type = messageType; type is not null; type = type.BaseType)
        {
            if (_lookups.TryGetValue(type, out var lookup)) return lookup;
        }
        return messageType.GetInterfaces().Select(_lookups.GetValueOrDefault).FirstOrDefault(lookup => lookup is not null);
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
        Map<TMessage>(new SagaLookup.ByValue((message, _) => read((TMessage)message) ?? throw new InvalidOperationException(
            $"{typeof(TMessage).Name} holds no value by which {Name} could be found. Set the property that its mapping names.")));
    }

    void IConfigureHowToFindSagaWithMessageHeaders.ConfigureMapping<TSagaEntity, TMessage>(Expression<Func<TSagaEntity, object?>> sagaEntityProperty, string headerName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(headerName);
        var property = Correlate(sagaEntityProperty);
        Map<TMessage>(new SagaLookup.ByValue((_, headers) => headers.TryGetValue(headerName, out var text)
            ? HeaderValue.Parse(text, property.PropertyType, headerName)
            : throw new InvalidOperationException($"{typeof(TMessage).Name} came without header '{headerName}', by which {Name} would be found. Set it where the message is sent.")));
    }

    void IConfigureHowToFindSagaWithFinder.ConfigureMapping<TSagaEntity, TMessage, TFinder>() =>
        Map<TMessage>(new SagaLookup.ByFinder(SagaFinder.Of<TSagaEntity, TMessage, TFinder>()));

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

    void Map<TMessage>(SagaLookup lookup)
    {
        if (!Handles.Concat(Timeouts).Any(type => type.IsAssignableFrom(typeof(TMessage)) || typeof(TMessage).IsAssignableFrom(type)))
            throw new InvalidOperationException($"{Name} maps {typeof(TMessage).Name}, which it does not handle. Implement IHandleMessages<{typeof(TMessage).Name}>, or remove the mapping.");
        if (!_lookups.TryAdd(typeof(TMessage), lookup))
            throw new ArgumentException($"{Name} maps {typeof(TMessage).Name} twice. Keep one mapping.");
    }

    PropertyInfo Correlate(LambdaExpression expression)
    {
        if (Unwrapped(expression.Body) is not MemberExpression { Member: PropertyInfo { GetMethod.IsPublic: true } property, Expression: ParameterExpression })
            throw new InvalidOperationException($"{Name} maps '{expression.Body}', which is no public property of its state. Write MapSaga(state => state.SomeId).");
        if (property.SetMethod is null)
            throw new InvalidOperationException($"{Name} is found by {property.Name}, which can't be set. Give it a setter: a new instance gets the value of the message that begins it.");
        if (!CorrelationTypes.Contains(property.PropertyType))
        {
            throw new InvalidOperationException(
                $"{Name} is found by {property.Name} of type {property.PropertyType.Name}. Use a Guid, a string or an integer, whose values compare the same everywhere.");
        }
        if (_mapped is not null && _mapped.Name != property.Name)
            throw new InvalidOperationException($"{Name} is found by {_mapped.Name} and by {property.Name}. Choose one property.");
        NoCorrelation = property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null;
        return _mapped = property;
    }

    static Expression Unwrapped(Expression expression) => expression is UnaryExpression { NodeType: ExpressionType.Convert } convert ? convert.Operand : expression;

    void Validated()
    {
        if (StartedBy.Count == 0)
            throw new InvalidOperationException($"Nothing starts {Name}. Implement IAmStartedByMessages<T> for the message that begins the process.");
        ((Saga)RuntimeHelpers.GetUninitializedObject(SagaType)).ConfigureHowToFindSaga(this);
        foreach (var start in StartedBy.Where(type => LookupOf(type) is null))
        {
            throw new InvalidOperationException(
                $"{Name} is started by {start.Name}, but does not say how that finds its instance. Add in ConfigureHowToFindSaga: mapper.MapSaga(state => state.SomeId).ToMessage<{start.Name}>(message => message.SomeId).");
        }
    }
}

/// <summary>How a message finds its instance.</summary>
abstract record SagaLookup
{
    /// <summary>By a value that equals the mapped property of the state.</summary>
    internal sealed record ByValue(Func<object, IReadOnlyDictionary<string, string>, object> Read) : SagaLookup;

    /// <summary>By a class of the application.</summary>
    internal sealed record ByFinder(SagaFinder Finder) : SagaLookup;
}
